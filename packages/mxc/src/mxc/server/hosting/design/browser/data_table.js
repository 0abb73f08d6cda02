// A table whose rows arrive once and change by deltas: it searches, filters and sorts them by itself.
import { SEARCH, plain, rows_in_view, rows_of } from "rows_in_view";

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
const rank = (value) => (value && typeof value === "object" ? value.rank ?? value.text ?? value.word ?? "" : value ?? "");
const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b)));

export default {
  mixins: [rows_in_view],
  props: { columns: Array, rows: Array, chips: Array, noun: String, order: Object, keep: Boolean },
  data: () => ({ shown: [], total: 0, words: "", chip: "", sort: "", down: false, counts: {} }),
  template: `
    <div class="m-table">
      <div class="m-table-tools" role="search">
        ${SEARCH}
        <button v-for="each in chips" type="button" class="m-chip" :aria-pressed="String(chip === each.key)" :data-chip="each.key" @click="pick(each.key)">{{ each.label }} <b>{{ counts[each.key] || 0 }}</b></button>
        <span class="m-table-count" role="status">{{ shown.length === total ? total : shown.length + ' of ' + total }} {{ noun }}</span>
      </div>
      <div class="m-scroll" ref="scroll" @scroll.passive="look" tabindex="-1">
        <table>
          <colgroup><col v-for="c in visible" :style="c.width ? { width: c.width } : {}"></colgroup>
          <thead><tr>
            <th v-for="c in visible" scope="col" :class="{ 'm-right': c.right }" :aria-sort="sort === c.key ? (down ? 'descending' : 'ascending') : null">
              <button type="button" @click="sort_by(c.key)">{{ c.label }}<span v-if="sort === c.key" aria-hidden="true">{{ down ? '↓' : '↑' }}</span></button>
            </th>
          </tr></thead>
          <tbody @click="open">
            ${rows_of()}
            <tr v-if="!shown.length"><td :colspan="width" class="m-quiet">{{ total ? 'Nothing matches.' : 'None.' }}</td></tr>
          </tbody>
        </table>
      </div>
    </div>`,
  computed: {
    held_rows() { return this.shown; },
  },
  created() {
    this.held = new Map(this.rows.map((row) => [row.id, row]));
    const state = this.keep ? new URLSearchParams(location.search) : new URLSearchParams();
    this.words = state.get("q") ?? "";
    this.chip = state.get("is") ?? "";
    this.sort = state.get("sort") ?? this.order?.key ?? "";
    this.down = state.has("sort") ? state.get("desc") === "1" : !!this.order?.down;
    this.arrange();
  },
  watch: {
    words() { this.arrange(true); },
    chip() { this.arrange(true); },
  },
  methods: {
    put(rows) {
      const touched = [];
      for (const row of rows) {
        const before = this.held.get(row.id);
        if (before && JSON.stringify(before) === JSON.stringify(row)) continue;
        this.held.set(row.id, row);
        touched.push(row.id);
      }
      this.arrange();
      this.tint(touched);
    },
    drop(ids) {
      for (const id of ids) this.held.delete(id);
      this.arrange();
    },
    fill(rows) {
      this.held = new Map(rows.map((row) => [row.id, row]));
      this.arrange();
    },
    arrange(moved = false) {
      const words = this.words.toLowerCase().split(/\s+/).filter(Boolean);
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
      if (moved) { this.remember(); this.to_top(); }
    },
    haystack(row) {
      const values = this.columns.map((c) => (c.kind === "status" ? `${row[c.key]?.word} ${row[c.key]?.note}` : plain(row[c.key])));
      return `${row.id} ${values.join(" ")} ${row.search ?? ""}`.toLowerCase();
    },
    pick(key) { this.chip = this.chip === key ? "" : key; },
    sort_by(key) {
      this.down = this.sort === key && !this.down;
      this.sort = key;
      this.arrange(true);
    },
    remember() {
      if (!this.keep) return;
      const state = new URLSearchParams();
      if (this.words) state.set("q", this.words);
      if (this.chip) state.set("is", this.chip);
      if (this.sort !== (this.order?.key ?? "") || this.down !== !!this.order?.down) {
        state.set("sort", this.sort);
        if (this.down) state.set("desc", "1");
      }
      const tail = state.toString();
      history.replaceState(history.state, "", location.pathname + (tail ? "?" + tail : ""));
    },
  },
};
