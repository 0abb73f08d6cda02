// What tables have in common: only the rows in view exist, keys move through them, a change is tinted for a second.
// Everything shown is text; nothing is ever parsed as HTML. A table says which rows it holds: `held_rows`.
const ROW = 36;
const NARROW_ROW = 52;
const SPARE = 12;
const TINT_MS = 1050;
const FIELDS = "input:not([type=checkbox]), textarea, select, .cm-editor, dialog, .q-dialog";

export const plain = (value) => (value && typeof value === "object" ? value.text ?? value.word ?? "" : value ?? "");

// The search of a table whose words are `words`.
export const SEARCH = `
  <div class="m-search">
    <i class="material-icons-outlined m-icon" aria-hidden="true">search</i>
    <input type="search" :aria-label="'Search ' + noun" :placeholder="'Search ' + noun" v-model="words" autocomplete="off" spellcheck="false" @keydown.enter="$event.target.blur()">
    <kbd aria-hidden="true">/</kbd>
  </div>`;

// The rows between two blanks as high as all that is out of view; `before` is a cell of its own before the others.
export const rows_of = (before = "") => `
  <tr v-if="begin > 0"><td class="m-blank" :colspan="width" :style="{ height: begin * row_height + 'px' }"></td></tr>
  <tr v-for="row in slice" :key="row.id" :data-id="row.id" :class="{ 'm-at': row.id === at, 'm-changed': flashing(row.id, tick), 'm-plain-row': !row.href }">
    ${before}
    <td v-for="(c, i) in visible" :class="{ 'm-right': c.right, 'm-mono': c.kind === 'code' }" :title="c.kind === 'code' ? text(row[c.key]) : null">
      <template v-if="c.kind === 'status'">
        <span v-if="row[c.key]" class="m-status" :data-tone="row[c.key].tone" :title="row[c.key].note || null"><span class="m-status-mark" aria-hidden="true"></span><span class="m-status-word">{{ row[c.key].word }}</span><span v-if="row[c.key].note && !narrow" class="m-status-note">{{ row[c.key].note }}</span></span>
      </template>
      <template v-else-if="i === 0 && row.href"><a :href="row.href"><time v-if="c.kind === 'time' && row[c.key]" class="m-time" :datetime="row[c.key]"></time><template v-else>{{ text(row[c.key]) || row.label }}</template></a></template>
      <time v-else-if="c.kind === 'time' && row[c.key]" class="m-time" :datetime="row[c.key]"></time>
      <template v-else>{{ text(row[c.key]) === '' ? '–' : text(row[c.key]) }}</template>
      <div v-if="i === 0 && row.under" class="m-under">{{ row.under }}</div>
    </td>
  </tr>
  <tr v-if="end < held_rows.length"><td class="m-blank" :colspan="width" :style="{ height: (held_rows.length - end) * row_height + 'px' }"></td></tr>`;

export const rows_in_view = {
  data: () => ({ top: 0, height: 800, at: "", tick: 0, narrow: false }),
  computed: {
    visible() { return this.narrow ? this.columns.filter((c) => !c.wide) : this.columns; },
    width() { return this.visible.length; },
    row_height() { return this.narrow ? NARROW_ROW : ROW; },
    begin() { return Math.max(0, Math.floor(this.top / this.row_height) - SPARE); },
    end() { return Math.min(this.held_rows.length, Math.ceil((this.top + this.height) / this.row_height) + SPARE); },
    slice() { return this.held_rows.slice(this.begin, this.end); },
  },
  created() { this.touched = new Set(); },
  mounted() {
    this.media = matchMedia("(max-width: 760px)");
    this.on_media = () => (this.narrow = this.media.matches);
    this.on_media();
    this.media.addEventListener("change", this.on_media);
    this.on_key = (event) => this.key(event);
    document.addEventListener("keydown", this.on_key);
    this.watcher = new ResizeObserver(() => this.look());
    this.watcher.observe(this.$refs.scroll);
    this.on_window = () => this.look();
    window.addEventListener("scroll", this.on_window, { passive: true });
  },
  unmounted() {
    document.removeEventListener("keydown", this.on_key);
    window.removeEventListener("scroll", this.on_window);
    this.media.removeEventListener("change", this.on_media);
    this.watcher.disconnect();
    clearTimeout(this.calm);
  },
  methods: {
    text: plain,
    tint(ids) {
      for (const id of ids) this.touched.add(id);
      this.tick += 1;
      clearTimeout(this.calm);
      this.calm = setTimeout(() => { this.touched.clear(); this.tick += 1; }, TINT_MS);
    },
    flashing(id) { return this.touched.has(id); },
    // Where the table, or the window that it lets scroll, stands; `looked` hears of it.
    look() {
      const node = this.$refs.scroll;
      if (!node) return;
      const own = node.scrollHeight > node.clientHeight + 1;
      this.top = own ? node.scrollTop : Math.max(0, -node.getBoundingClientRect().top);
      this.height = own ? node.clientHeight : innerHeight;
      this.looked?.();
    },
    to_top() { if (this.$refs.scroll) this.$refs.scroll.scrollTop = 0; },
    follow(id) {
      const href = this.held_rows.find((row) => row.id === id)?.href;
      if (href) location.assign(href);
    },
    open(event) {
      if (event.target.closest("a, button, input") || getSelection().toString()) return;
      this.follow(event.target.closest("tr")?.dataset.id);
    },
    key(event) {
      if (event.target.closest?.(FIELDS) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "j" || event.key === "k") this.move(event.key === "j" ? 1 : -1);
      else if (event.key !== "Enter") this.typed?.(event.key);
      else if (this.at && !event.target.closest?.("a, button, summary, input")) this.follow(this.at);
    },
    move(step) {
      const now = this.held_rows.findIndex((row) => row.id === this.at);
      const following = Math.min(this.held_rows.length - 1, Math.max(0, now < 0 ? 0 : now + step));
      this.at = this.held_rows[following]?.id ?? "";
      const node = this.$refs.scroll;
      const y = following * this.row_height;
      if (y < node.scrollTop) node.scrollTop = y;
      if (y + this.row_height + 32 > node.scrollTop + node.clientHeight) node.scrollTop = y + this.row_height + 32 - node.clientHeight;
    },
  },
};
