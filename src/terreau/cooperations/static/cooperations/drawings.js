// A drawing wider than its frame is first seen by its middle.
for (const frame of document.querySelectorAll("[data-centre]")) {
  frame.scrollLeft = (frame.scrollWidth - frame.clientWidth) / 2;
  frame.scrollTop = (frame.scrollHeight - frame.clientHeight) / 2;
}
