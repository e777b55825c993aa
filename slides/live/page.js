// The page: a camera or a video, frame by frame, through the network and the decoder, drawn.
//
// `ABOUT` is what build.py says of the network: the size of its images, its limbs, and whose colour
// each joint and limb has. Nothing here sends anything anywhere, and the page's
// Content-Security-Policy forbids it besides.
"use strict";

const ABOUT = JSON.parse(document.getElementById("about").textContent);
const [HEIGHT, WIDTH] = ABOUT.size;
const element = (id) => document.getElementById(id);
const video = document.createElement("video");
const view = element("view").getContext("2d");
const input = new OffscreenCanvas(WIDTH, HEIGHT).getContext("2d", { willReadFrequently: true });
const shown = { people: [], frames: [], time: -1 }; // the last frame's people; when frames came

// -------------------------------------------------------------------------------- the network
/** The bytes that build.py packed into the page, as gzip in base64. */
async function unpack(id) {
  const packed = await fetch(`data:application/gzip;base64,${element(id).textContent}`);
  return new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

/** The network as a function of its input: WebAssembly, one thread, nothing from outside. */
async function openNetwork() {
  const [code, wasm, model] = await Promise.all(["runtime", "wasm", "model"].map(unpack));
  const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  const runtime = await import(address);
  Object.assign(runtime.env.wasm, { wasmBinary: wasm, numThreads: 1 });
  const session = await runtime.InferenceSession.create(model);
  const images = (values) => new runtime.Tensor("float32", values, [1, 3, HEIGHT, WIDTH]);
  return (values) => session.run({ images: images(values) });
}

/** The frame as the network takes it, and how much smaller it is there, by x and by y.
 *
 *  The whole frame is in it, with black at the right or below: posekit.crowds.fit_image. */
function fit(frame, width, height) {
  const most = Math.min(WIDTH / width, HEIGHT / height);
  const [columns, rows] = [Math.round(width * most), Math.round(height * most)];
  input.imageSmoothingQuality = "high";
  input.fillRect(0, 0, WIDTH, HEIGHT);
  input.drawImage(frame, 0, 0, columns, rows);
  const { data } = input.getImageData(0, 0, WIDTH, HEIGHT); // red, green, blue, opacity, red, ...
  const [values, pixels] = [new Float32Array(3 * WIDTH * HEIGHT), WIDTH * HEIGHT];
  for (let n = 0; n < pixels; n++) {
    for (let c = 0; c < 3; c++) values[c * pixels + n] = data[4 * n + c] / 255; // all reds first
  }
  return { values, scale: [columns / width, rows / height] };
}

/** A peak's place in the frame, in pixels: the middle of the first pixel is 0, as everywhere. */
function toFrame({ x, y, height }, scale) {
  const pixel = (cell, axis) => ((cell + 0.5) * ABOUT.stride) / scale[axis] - 0.5;
  return { x: pixel(x, 0), y: pixel(y, 1), sure: height >= ABOUT.seen };
}

/** The people in a frame, in its pixels, and the milliseconds that network and decoder took. */
async function findPeople(network, frame, width, height) {
  const { values, scale } = fit(frame, width, height);
  const start = performance.now();
  const { heatmaps, pafs } = await network(values);
  const middle = performance.now();
  const people = decode(heatmaps, pafs, ABOUT.limbs)
    .filter((person) => person.score >= ABOUT.confidence)
    .map((person) => person.joints.map((peak) => peak && toFrame(peak, scale)));
  return { people, network: middle - start, decoder: performance.now() - middle };
}

// -------------------------------------------------------------------------------- the picture
/** The frame with its skeletons, as posekit.plots.draw_pose draws them. */
function draw(frame, width, height, people) {
  if (view.canvas.width !== width) view.canvas.width = width;
  if (view.canvas.height !== height) view.canvas.height = height;
  view.setTransform(1, 0, 0, 1, 0, 0);
  view.drawImage(frame, 0, 0);
  view.setTransform(1, 0, 0, 1, 0.5, 0.5); // a canvas counts from the first pixel's corner
  const thick = Math.max(2, Math.round(Math.hypot(width, height) / 150));
  for (const joints of people) {
    ABOUT.limbs.forEach(([a, b], n) => {
      if (joints[a] && joints[b]) drawLimb(joints[a], joints[b], ABOUT.limbSides[n], thick);
    });
    joints.forEach((joint, n) => joint && drawJoint(joint, ABOUT.jointSides[n], thick));
  }
}

function drawLimb(a, b, side, thick) {
  const stroke = (colour, width, dashes) => {
    view.setLineDash(dashes);
    [view.strokeStyle, view.lineWidth] = [colour, width];
    view.beginPath();
    view.moveTo(a.x, a.y);
    view.lineTo(b.x, b.y);
    view.stroke();
  };
  stroke("white", thick + 2, []);
  stroke(ABOUT.colours[side], thick, side === "right" ? [3 * thick, 2 * thick] : []);
}

function drawJoint({ x, y, sure }, side, thick) {
  const disc = (colour, radius) => {
    view.fillStyle = colour;
    view.beginPath();
    view.arc(x, y, radius, 0, 2 * Math.PI);
    view.fill();
  };
  disc(ABOUT.colours[side], thick + 1);
  if (!sure) disc("white", thick - 1);
}

/** One frame, if a new one has come; then wait for the next. */
async function step(network) {
  const [width, height] = [video.videoWidth, video.videoHeight];
  if (video.readyState >= video.HAVE_CURRENT_DATA && video.currentTime !== shown.time && width) {
    shown.time = video.currentTime;
    const frame = await createImageBitmap(video); // the same for the network and for the eye
    const found = await findPeople(network, frame, width, height);
    if (!video.paused) {
      draw(frame, width, height, found.people);
      count(found);
      say("");
    }
    frame.close();
  }
  requestAnimationFrame(() => step(network).catch(fail));
}

/** Write down what was measured; the rate is that of the last two seconds. */
function count({ people, network, decoder }) {
  const now = performance.now();
  shown.people = people;
  shown.frames = [...shown.frames.filter((time) => now - time < 2000), now];
  const seconds = (now - shown.frames[0]) / 1000;
  const rate = shown.frames.length > 1 ? (shown.frames.length - 1) / seconds : 0;
  element("rate").textContent = rate ? rate.toFixed(rate < 10 ? 1 : 0) : "–";
  element("network").textContent = network.toFixed(0);
  element("decoder").textContent = decoder.toFixed(decoder < 10 ? 1 : 0);
  element("people").textContent = people.length;
}

/** A sentence over the picture, in place of it; none for "". */
function say(sentence) {
  element("message").textContent = sentence;
  element("stage").classList.toggle("waiting", sentence !== "");
}

/** The same for good, or until another source is chosen: the next frame shall not cover it. */
function stopAndSay(sentence) {
  video.pause();
  say(sentence);
}

function fail(error) {
  say(`The network stopped: ${error.message}. Load the page again, in a browser of 2024 or later.`);
}

// -------------------------------------------------------------------------------- the sources
const CAMERA = {
  NotFoundError: "This machine has no camera. Choose a video instead, or drop one here.",
  NotAllowedError:
    "The browser was not allowed to use the camera. Allow it beside the page's address and press " +
    "the button again, or choose a video.",
  NotReadableError: "Another program holds the camera. Close it, or choose a video instead.",
};

async function useCamera() {
  try {
    const size = { width: { ideal: 640 }, height: { ideal: 480 } };
    const stream = await navigator.mediaDevices.getUserMedia({ video: size });
    stream.getTracks()[0].onended = () => stopAndSay("The camera was unplugged.");
    play({ srcObject: stream }, "The camera starts …");
  } catch (error) {
    const other = `The browser gives no camera (${error.message}). Choose a video.`;
    stopAndSay(CAMERA[error.name] ?? other);
  }
}

function useFile(file) {
  if (!file) return;
  play({ src: URL.createObjectURL(file) }, "The video starts …");
  video.onerror = () =>
    stopAndSay(`This browser cannot play ${file.name}. Choose an .mp4 (H.264) or a .webm video.`);
}

/** Show another source, and let go of the one before. */
function play(source, sentence) {
  video.srcObject?.getTracks().forEach((track) => track.stop());
  if (video.src) URL.revokeObjectURL(video.src);
  video.onerror = null;
  video.removeAttribute("src");
  Object.assign(video, { srcObject: null, muted: true, loop: true, playsInline: true }, source);
  shown.time = -1;
  say(sentence);
  // People expect to see themselves as in a mirror. Left and right keep their colours.
  view.canvas.classList.toggle("mirrored", Boolean(source.srcObject));
  video.play().catch(() => {}); // what cannot be played is said by onerror
}

element("camera").onclick = useCamera;
element("choose").onclick = () => element("file").click();
element("file").onchange = (event) => useFile(event.target.files[0]);
document.ondragover = (event) => event.preventDefault();
document.ondrop = (event) => {
  event.preventDefault();
  useFile(event.dataTransfer.files[0]);
};

openNetwork().then(
  (network) => {
    document.body.classList.add("ready");
    say("Press Camera, or drop a video here.");
    return step(network);
  }).catch(fail);
