// Evaluates to a promise of one picture of the browser's camera, as a data address.
(async () => {
  const [box, video, button, canvas] =
    ['div', 'video', 'button', 'canvas'].map(tag => document.createElement(tag));
  button.textContent = 'Take the picture';
  box.append(video, button);
  document.body.append(box);
  const stream = await navigator.mediaDevices.getUserMedia({video: true});
  video.srcObject = stream;
  await video.play();
  await new Promise(resolve => { button.onclick = resolve; });
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  canvas.getContext('2d').drawImage(video, 0, 0);
  stream.getTracks().forEach(track => track.stop());
  box.remove();
  return canvas.toDataURL('image/jpeg', 0.9);
})()
