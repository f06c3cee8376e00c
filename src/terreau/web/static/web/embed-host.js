/* Gives the frames of Terreau in this page the height of what they show. Without it they keep their own and scroll. */
(() => {
  const frames = () => document.querySelectorAll("iframe[data-terreau]");
  const origin = (frame) => new URL(frame.src, document.baseURI).origin;
  addEventListener("message", (event) => {
    const height = event.data?.terreau?.height;
    if (!Number.isFinite(height) || height <= 0) return;
    for (const frame of frames()) {
      if (frame.contentWindow === event.source && origin(frame) === event.origin) {
        frame.style.height = `${Math.min(Math.ceil(height), 20000)}px`;
      }
    }
  });
  const ask = () => {
    for (const frame of frames()) frame.contentWindow?.postMessage({ terreau: "height" }, "*");
  };
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", ask);
  else ask();
})();
