// A table of any length: only the rows in view exist. Everything shown is text; nothing is ever parsed as HTML.
const ROW = 36;
const NARROW_ROW = 52;
const SPARE = 12;
const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const plain = (value) => (value && typeof value === "object" ? value.text ?? value.word ?? "" : value ?? "");
const rank = (value) => (value && typeof value === "object" ? value.rank ?? value.text ?? value.word ?? "" : value ?? "");
const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));

export default {
  props: { columns: Array, rows: Array, chips: Array, noun: String, order: Object, keep: Boolean },
  data: () => ({ shown: [], total: 0, query: "", chip: "", sort: "", down: false, top: 0, height: 800, at: "", tick: 0, narrow: false, counts: {} }),
  template: `
    <div class="m-table">
      <div class="m-table-tools" role="search">
        <div class="m-search">
          <i class="material-icons-outlined m-icon" aria-hidden="true">search</i>
          <input type="search" :aria-label="'Search ' + noun" :placeholder="'Search ' + noun" v-model="query" autocomplete="off" spellcheck="false" @keydown.enter="$event.target.blur()">
          <kbd aria-hidden="true">/</kbd>
        </div>
        <button v-for="each in chips" type="button" class="m-chip" :aria-pressed="String(chip === each.key)" :data-chip="each.key" @click="pick(each.key)">{{ each.label }} <b>{{ counts[each.key] || 0 }}</b></button>
        <span class="m-table-count" role="status">{{ shown.length === total ? total : shown.length + ' of ' + total }} {{ noun }}</span>
      </div>
      <div class="m-scroll" ref="scroll" @scroll.passive="look" tabindex="-1">
        <table>
          <colgroup><col v-for="c in visible" :style="c.width ? { width: c.width } : {}"></colgroup>
          <thead><tr>
            <th v-for="c in visible" scope="col" :class="{ 'm-right': c.right }" :aria-sort="sort === c.key ? (down ? 'descending' : 'ascending') : null">
              <button type="button" @click="sortBy(c.key)">{{ c.label }}<span v-if="sort === c.key" aria-hidden="true">{{ down ? '↓' : '↑' }}</span></button>
            </th>
          </tr></thead>
          <tbody @click="open">
            <tr v-if="first > 0"><td class="m-blank" :colspan="visible.length" :style="{ height: first * rowHeight + 'px' }"></td></tr>
            <tr v-for="row in slice" :key="row.id" :data-id="row.id" :class="{ 'm-at': row.id === at, 'm-changed': flashing(row.id, tick) }">
              <td v-for="(c, i) in visible" :class="{ 'm-right': c.right, 'm-mono': c.kind === 'code' }" :title="c.kind === 'code' ? text(row[c.key]) : null">
                <template v-if="c.kind === 'status'">
                  <span v-if="row[c.key]" class="m-status" :data-tone="row[c.key].tone" :title="row[c.key].note || null"><span class="m-status-mark" aria-hidden="true"></span><span class="m-status-word">{{ row[c.key].word }}</span><span v-if="row[c.key].note && !narrow" class="m-status-note">{{ row[c.key].note }}</span></span>
                </template>
                <time v-else-if="c.kind === 'time' && row[c.key]" class="m-time" :datetime="row[c.key]"></time>
                <a v-else-if="i === 0 && row.href" :href="row.href" tabindex="0">{{ text(row[c.key]) }}</a>
                <template v-else>{{ text(row[c.key]) }}</template>
                <div v-if="i === 0 && row.under" class="m-under">{{ row.under }}</div>
              </td>
            </tr>
            <tr v-if="last < shown.length"><td class="m-blank" :colspan="visible.length" :style="{ height: (shown.length - last) * rowHeight + 'px' }"></td></tr>
            <tr v-if="!shown.length"><td :colspan="visible.length" class="m-quiet">{{ total ? 'Nothing matches.' : 'None.' }}</td></tr>
          </tbody>
        </table>
      </div>
    </div>`,
  computed: {
    visible() { return this.narrow ? this.columns.filter((c) => !c.wide) : this.columns; },
    rowHeight() { return this.narrow ? NARROW_ROW : ROW; },
    first() { return Math.max(0, Math.floor(this.top / this.rowHeight) - SPARE); },
    last() { return Math.min(this.shown.length, Math.ceil((this.top + this.height) / this.rowHeight) + SPARE); },
    slice() { return this.shown.slice(this.first, this.last); },
  },
  created() {
    this.held = new Map(this.rows.map((row) => [row.id, row]));
    this.touched = new Map();
    const state = this.keep ? new URLSearchParams(location.search) : new URLSearchParams();
    this.query = state.get("q") ?? "";
    this.chip = state.get("is") ?? "";
    this.sort = state.get("sort") ?? this.order?.key ?? "";
    this.down = state.has("sort") ? state.get("desc") === "1" : !!this.order?.down;
    this.arrange();
  },
  mounted() {
    this.media = matchMedia("(max-width: 760px)");
    this.onMedia = () => (this.narrow = this.media.matches);
    this.onMedia();
    this.media.addEventListener("change", this.onMedia);
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
    this.watcher = new ResizeObserver(() => this.look());
    this.watcher.observe(this.$refs.scroll);
    this.onWindow = () => this.look();
    window.addEventListener("scroll", this.onWindow, { passive: true });
  },
  unmounted() {
    document.removeEventListener("keydown", this.onKey);
    window.removeEventListener("scroll", this.onWindow);
    this.media.removeEventListener("change", this.onMedia);
    this.watcher.disconnect();
  },
  watch: {
    query() { this.arrange(true); },
    chip() { this.arrange(true); },
  },
  methods: {
    text: plain,
    put(rows) {
      const until = performance.now() + 1000;
      for (const row of rows) {
        const before = this.held.get(row.id);
        if (before && JSON.stringify(before) === JSON.stringify(row)) continue;
        this.held.set(row.id, row);
        this.touched.set(row.id, until);
      }
      this.arrange();
      this.tick += 1;
      clearTimeout(this.calm);
      this.calm = setTimeout(() => { this.touched.clear(); this.tick += 1; }, 1050);
    },
    drop(ids) {
      for (const id of ids) this.held.delete(id);
      this.arrange();
    },
    fill(rows) {
      this.held = new Map(rows.map((row) => [row.id, row]));
      this.arrange();
    },
    flashing(id) { return this.touched.has(id); },
    arrange(moved = false) {
      const words = this.query.toLowerCase().split(/\s+/).filter(Boolean);
      const all = [...this.held.values()];
      const found = words.length ? all.filter((row) => words.every((word) => this.haystack(row).includes(word))) : all;
      this.counts = {};
      for (const row of found) for (const tag of row.tags ?? []) this.counts[tag] = (this.counts[tag] ?? 0) + 1;
      const chosen = this.chip ? found.filter((row) => row.tags?.includes(this.chip)) : found;
      if (this.sort) {
        const sign = this.down ? -1 : 1;
        chosen.sort((a, b) => sign * compare(rank(a[this.sort]), rank(b[this.sort])) || compare(a.id, b.id));
      }
      this.shown = chosen;
      this.total = all.length;
      if (moved) { this.remember(); if (this.$refs.scroll) this.$refs.scroll.scrollTop = 0; }
    },
    haystack(row) {
      const values = this.columns.map((c) => (c.kind === "status" ? `${row[c.key]?.word} ${row[c.key]?.note}` : plain(row[c.key])));
      return `${row.id} ${values.join(" ")} ${row.search ?? ""}`.toLowerCase();
    },
    pick(key) { this.chip = this.chip === key ? "" : key; },
    sortBy(key) {
      this.down = this.sort === key && !this.down;
      this.sort = key;
      this.arrange(true);
    },
    remember() {
      if (!this.keep) return;
      const state = new URLSearchParams();
      if (this.query) state.set("q", this.query);
      if (this.chip) state.set("is", this.chip);
      if (this.sort !== (this.order?.key ?? "") || this.down !== !!this.order?.down) {
        state.set("sort", this.sort);
        if (this.down) state.set("desc", "1");
      }
      const tail = state.toString();
      history.replaceState(history.state, "", location.pathname + (tail ? "?" + tail : ""));
    },
    look() {
      const node = this.$refs.scroll;
      if (!node) return;
      const own = node.scrollHeight > node.clientHeight + 1;
      this.top = own ? node.scrollTop : Math.max(0, -node.getBoundingClientRect().top);
      this.height = own ? node.clientHeight : innerHeight;
    },
    open(event) {
      if (event.target.closest("a, button") || getSelection().toString()) return;
      const id = event.target.closest("tr")?.dataset.id;
      const href = id && this.held.get(id)?.href;
      if (href) location.assign(href);
    },
    key(event) {
      if (event.target.closest?.("input, textarea, select, .cm-editor, dialog, .q-dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "j" || event.key === "k") this.move(event.key === "j" ? 1 : -1);
      if (event.key === "Enter" && this.at && !event.target.closest?.("a, button, summary")) {
        const href = this.held.get(this.at)?.href;
        if (href) location.assign(href);
      }
    },
    move(step) {
      const now = this.shown.findIndex((row) => row.id === this.at);
      const next = Math.min(this.shown.length - 1, Math.max(0, now < 0 ? 0 : now + step));
      this.at = this.shown[next]?.id ?? "";
      const node = this.$refs.scroll;
      const y = next * this.rowHeight;
      if (y < node.scrollTop) node.scrollTop = y;
      if (y + this.rowHeight + 32 > node.scrollTop + node.clientHeight) node.scrollTop = y + this.rowHeight + 32 - node.clientHeight;
    },
  },
};
