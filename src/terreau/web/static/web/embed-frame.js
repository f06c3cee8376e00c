/* Tells the page around this frame how high it is: nothing else, and nothing when it is not framed. */
if (parent !== window) {
  const tell = () => {
    const height = document.body.getBoundingClientRect().height;
    parent.postMessage({ terreau: { height } }, "*");
  };
  addEventListener("message", (event) => {
    if (event.source === parent && event.data?.terreau === "height") tell();
  });
  new ResizeObserver(tell).observe(document.body);
}
