// The output of a process: appended as text, cut from the top, followed while its end is in view.
const KEPT = 5000;
const COLOURS = /\u001b\[[0-9;?]*[A-Za-z]/g;

export default {
  props: { label: String },
  template: `<div class="m-log" ref="log" role="log" tabindex="0" :aria-label="label" data-empty="Nothing was written yet." @scroll.passive="judge"></div>`,
  created() { this.follows = true; this.open = {}; },
  methods: {
    judge() {
      const node = this.$refs.log;
      this.follows = node.scrollTop + node.clientHeight >= node.scrollHeight - 24;
    },
    append(chunks) {
      const node = this.$refs.log;
      if (!node) return;
      for (const { stream, text } of chunks) this.add(node, stream, text);
      while (node.childElementCount > KEPT) node.firstElementChild.remove();
      if (this.follows) node.scrollTop = node.scrollHeight;
    },
    add(node, stream, text) {
      const lines = text.replace(COLOURS, "").split("\n");
      lines.forEach((line, index) => {
        let row = index === 0 ? this.open[stream] : null;
        if (!row?.isConnected) {
          if (index === lines.length - 1 && line === "") return;
          row = Object.assign(document.createElement("div"));
          row.dataset.stream = stream;
          node.append(row);
        }
        row.textContent += line;
        this.open[stream] = index === lines.length - 1 ? row : null;
      });
    },
    clear() { this.$refs.log?.replaceChildren(); this.open = {}; },
  },
};
