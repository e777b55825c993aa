// From the maps of several people to the people: posekit/codecs/assembly.py in JavaScript.
//
//     findPeaks    one heatmap             -> where that joint is, once for each person
//     limbScore    one field, two peaks    -> how well the limb's field joins them
//     matchLimb    the peaks of two joints -> pairs: each peak in at most one of them
//     putTogether  the pairs of all limbs  -> people
//
// Maps are Float32Array in rows of `width` cells, and coordinates are cells. As in Python, a value
// that is compared with others is rounded to 32 bits (Math.fround), so that the order is the same.
"use strict";

const PEAK = 0.1; // the least height of a peak
const MOST = 200; // peaks of a joint, the highest
const SAMPLES = 10; // along a pair of peaks
const [ALONG, SHARE] = [0.05, 0.8]; // this share of the samples must point along by this much
const NEAR = 0.5; // cells: a pair this close has no direction, and is joined at score ALONG
const [JOINTS, LIMB] = [3, 0.2]; // a person has so many joints, and limbs of this mean score
const LONG = 2; // the score of a pair as long as the map is divided by 1 + LONG
const [LEAST, HALF] = [1e-10, 0.4999]; // for logarithms of 0; a peak stays in its cell

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/** [{x, y, height}], the highest first: cells that are higher than their eight neighbours. */
function findPeaks(map, height, width) {
  const peaks = [];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      if (map[row * width + column] > PEAK && isPeak(map, height, width, row, column)) {
        const x = refined((i) => map[row * width + i], column, width);
        const y = refined((i) => map[i * width + column], row, height);
        peaks.push({ x, y, height: map[row * width + column] });
      }
    }
  }
  return peaks.sort((one, other) => other.height - one.height).slice(0, MOST);
}

/** Of equal neighbours the first counts. */
function isPeak(map, height, width, row, column) {
  const value = map[row * width + column];
  for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, height - 1); y++) {
    for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, width - 1); x++) {
      const before = y < row || (y === row && x < column);
      if (map[y * width + x] > value || (before && map[y * width + x] === value)) return false;
    }
  }
  return true;
}

/** Where the parabola through three logarithms has its top: exact for a Gaussian. */
function refined(line, at, cells) {
  const middle = clamp(at, 1, cells - 2);
  const log = (i) => Math.log(Math.max(line(i), LEAST));
  const [left, centre, right] = [log(middle - 1), log(middle), log(middle + 1)];
  const bend = 2 * centre - left - right;
  if (bend <= 0) return at;
  const place = middle + (right - left) / Math.max(2 * bend, LEAST);
  return Math.fround(clamp(place, at - HALF, at + HALF));
}

/** The mean of the field along the way from start to end: a line integral, 0 to about 1. */
function limbScore(fieldX, fieldY, height, width, start, end) {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const length = Math.hypot(dx, dy);
  const along = Array.from({ length: SAMPLES }, (_, n) => {
    const way = n / (SAMPLES - 1);
    const [row, column] = [start.y + way * dy + 0.5, start.x + way * dx + 0.5].map(Math.trunc);
    const cell = row * width + column;
    return (fieldX[cell] * dx + fieldY[cell] * dy) / Math.max(length, LEAST);
  });
  const joined = along.filter((part) => part > ALONG).length >= SHARE * SAMPLES;
  const score = Math.max(joined ? mean(along) : 0, length < NEAR ? ALONG : 0);
  return Math.fround(score / (1 + LONG * (length / Math.max(height, width)) ** 2));
}

/** The best pair that is left, again and again; `score` is a function of start and end. */
function matchLimb(starts, ends, score) {
  const pairs = starts.flatMap((start) =>
    ends.map((end) => ({ start, end, score: score(start, end) })));
  const taken = new Set();
  return pairs
    .filter((pair) => pair.score > 0)
    .sort((one, other) => other.score - one.score)
    .filter(({ start, end }) => {
      if (taken.has(start) || taken.has(end)) return false;
      taken.add(start).add(end);
      return true;
    });
}

/** [{peaks: {joint: peak}, limbs: [score]}]: the best pair first, and no joint twice. */
function putTogether(pairs) {
  const personOf = new Map(); // of each peak
  const owner = (joint, peak) => {
    if (!personOf.has(peak)) personOf.set(peak, { peaks: { [joint]: peak }, limbs: [] });
    return personOf.get(peak);
  };
  for (const { joints: [a, b], start, end, score } of pairs.sort((p, q) => q.score - p.score)) {
    const [one, two] = [owner(a, start), owner(b, end)];
    if (one !== two) {
      if (Object.keys(two.peaks).some((joint) => joint in one.peaks)) continue;
      Object.assign(one.peaks, two.peaks);
      one.limbs.push(...two.limbs);
      for (const peak of Object.values(two.peaks)) personOf.set(peak, one);
    }
    one.limbs.push(score);
  }
  return [...new Set(personOf.values())];
}

/**
 * [{joints: [{x, y, height} or null], score}], the best person first.
 *
 * `heatmaps` and `fields` are ONNX Runtime's tensors (1, C, height, width); `limbs` are pairs of
 * joints, and limb n has the fields 2 n (x) and 2 n + 1 (y). The last heatmap is the background.
 */
function decode(heatmaps, fields, limbs) {
  const [, channels, height, width] = heatmaps.dims;
  const map = ({ data }, n) => data.subarray(n * height * width, (n + 1) * height * width);
  const joints = Array.from({ length: channels - 1 }, (_, n) => n);
  const peaks = joints.map((joint) => findPeaks(map(heatmaps, joint), height, width));
  const pairs = limbs.flatMap(([a, b], n) => {
    const [x, y] = [map(fields, 2 * n), map(fields, 2 * n + 1)];
    const score = (start, end) => limbScore(x, y, height, width, start, end);
    return matchLimb(peaks[a], peaks[b], score).map((pair) => ({ ...pair, joints: [a, b] }));
  });
  return putTogether(pairs)
    .filter((person) => Object.keys(person.peaks).length >= JOINTS && mean(person.limbs) >= LIMB)
    .map((person) => {
      const found = joints.map((joint) => person.peaks[joint] ?? null);
      const height = mean(found.map((peak) => peak?.height ?? 0));
      return { joints: found, score: mean(person.limbs) * height };
    })
    .sort((one, other) => other.score - one.score);
}
