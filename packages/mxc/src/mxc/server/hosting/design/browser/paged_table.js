// A list that the server searches, filters and sorts. What was seen is held; only the rows in view exist.
import { SEARCH, rows_in_view, rows_of } from "rows_in_view";

const PAUSE = 200;
const PICK = `<td v-if="deeds.length" class="m-pick"><input type="checkbox" :aria-label="'Select ' + row.label" :checked="chosen.includes(row.id)" @change="choose(row.id)"></td>`;

export default {
  mixins: [rows_in_view],
  props: { columns: Array, first: Object, query: Object, noun: String, one: String, sortable: Array, order: String, narrowings: Array, deeds: Array, exported: String },
  emits: ["want", "act"],
  data: () => ({
    rows: [], next: "", total: 0, more: false, counts: {}, complaint: "", asked: {}, words: "",
    chosen: [], news: 0, busy: false,
    adding: false, which: "", way: "", value: "",
  }),
  template: `
    <div class="m-table">
      <div class="m-table-tools" role="search">
        ${SEARCH}
        <template v-for="n in chips"><button v-for="c in n.choices" type="button" class="m-chip" :aria-pressed="String(picked(n.name).includes(c))" :data-chip="c" @click="pick(n.name, c)">{{ word(n, c) }} <b>{{ counts[c] || 0 }}</b></button></template>
        <button v-if="narrowings.length" type="button" class="m-chip" :aria-expanded="String(adding)" @click="open_filter"><i class="material-icons-outlined m-icon" aria-hidden="true">filter_list</i>Filter</button>
        <button v-for="each in active" type="button" class="m-chip" aria-pressed="true" :data-filter="each.key" :title="'Take away: ' + each.text" @click="drop_filter(each.key)">{{ each.text }} <i class="material-icons-outlined m-icon" aria-hidden="true">close</i></button>
        <span class="m-table-count" role="status">{{ amount }} {{ total === 1 && !more ? one : noun }}</span>
        <span class="m-exports"><a :href="file('csv')" download :aria-label="'Export ' + noun + ' as CSV'">CSV</a><a :href="file('json')" download :aria-label="'Export ' + noun + ' as JSON'">JSON</a></span>
      </div>
      <form v-if="adding" class="m-filter" @submit.prevent="add_filter" aria-label="Add a filter">
        <select class="m-input" v-model="which" aria-label="Filter by"><option v-for="n in narrowings" :value="n.name">{{ n.label }}</option></select>
        <select class="m-input" v-model="way" aria-label="How"><option v-for="o in ways" :value="o[0]">{{ o[1] }}</option></select>
        <select v-if="way !== 'empty' && known.choices.length" class="m-input" v-model="value" aria-label="Value"><option v-for="c in known.choices" :value="c">{{ word(known, c) }}</option></select>
        <input v-else-if="way !== 'empty'" class="m-input" v-model="value" aria-label="Value" :placeholder="hint" autocomplete="off" spellcheck="false">
        <button type="submit" class="m-button">Add</button>
        <button type="button" class="m-button m-plain" @click="adding = false">Cancel</button>
      </form>
      <p v-if="complaint" class="m-complaint m-pad" role="alert">{{ complaint }}</p>
      <div v-if="chosen.length" class="m-bulk" role="region" aria-label="Selected rows">
        <b>{{ chosen.length }} selected</b>
        <button v-for="d in deeds" type="button" class="m-button" :class="{ 'm-danger': d.danger }" :aria-disabled="d.refusal ? 'true' : null" :title="d.refusal || null" @click="act(d.name)">{{ d.label }}</button>
        <button type="button" class="m-button m-plain" @click="chosen = []">Clear</button>
      </div>
      <button v-if="news" type="button" class="m-news" @click="again">{{ news }} changed elsewhere: show</button>
      <div class="m-scroll" ref="scroll" @scroll.passive="look" tabindex="-1">
        <table>
          <colgroup><col v-if="deeds.length" class="m-pick"><col v-for="c in visible" :style="c.width && !narrow ? { width: c.width } : {}"></colgroup>
          <thead><tr>
            <th v-if="deeds.length" scope="col" class="m-pick"><input type="checkbox" :aria-label="'Select all ' + noun + ' shown'" :checked="rows.length > 0 && chosen.length === rows.length" @change="choose_all"></th>
            <th v-for="c in visible" scope="col" :class="{ 'm-right': c.right }" :aria-sort="sort === c.key ? (down ? 'descending' : 'ascending') : null">
              <button v-if="sortable.includes(c.key)" type="button" @click="sort_by(c.key)">{{ c.label }}<span v-if="sort === c.key" aria-hidden="true">{{ down ? '↓' : '↑' }}</span></button>
              <span v-else class="m-unsorted">{{ c.label }}</span>
            </th>
          </tr></thead>
          <tbody @click="open">
            ${rows_of(PICK)}
            <tr v-if="next"><td :colspan="width" class="m-quiet">Reading on…</td></tr>
            <tr v-if="!rows.length"><td :colspan="width" class="m-quiet">{{ is_narrowed ? 'Nothing matches.' : 'None.' }}</td></tr>
          </tbody>
        </table>
      </div>
    </div>`,
  computed: {
    chips() { return this.narrowings.filter((n) => n.is_chip); },
    held_rows() { return this.rows; },
    width() { return this.visible.length + (this.deeds.length ? 1 : 0); },
    sort() { return (this.asked.sort ?? this.order).replace(/^-/, ""); },
    down() { return (this.asked.sort ?? this.order).startsWith("-"); },
    amount() { return this.more ? `more than ${this.total.toLocaleString("en").replace(/,/g, " ")}` : this.total.toLocaleString("en").replace(/,/g, " "); },
    known() { return this.narrowings.find((n) => n.name === this.which) ?? { choices: [], operators: [] }; },
    ways() { return this.known.operators; },
    hint() { return this.known.kind === "time" ? "7d, or 2026-03-01T12:00Z" : this.known.kind === "id" ? "an id" : ""; },
    is_narrowed() { return Object.keys(this.asked).some((key) => key !== "sort"); },
    active() {
      const chip = new Set(this.chips.map((n) => n.name));
      return Object.entries(this.asked).filter(([key]) => key !== "q" && key !== "sort" && !chip.has(key)).map(([key, value]) => {
        const [name, suffix = ""] = key.split(".");
        const known = this.narrowings.find((n) => n.name === name);
        const way = known?.operators.find((o) => o[0] === suffix)?.[1] ?? suffix;
        const said = suffix === "empty" ? "" : ` ${known ? value.split(",").map((v) => this.word(known, v)).join(", ") : value}`;
        return { key, text: `${known?.label ?? name} ${way}${said.length > 40 ? said.slice(0, 12) + "…" : said}` };
      });
    },
  },
  created() {
    this.ticket = 0;
    this.asked = { ...this.query };
    delete this.asked.cursor;
    this.words = this.asked.q ?? "";
    this.take(this.first, false);
  },
  unmounted() { clearTimeout(this.typing); },
  watch: {
    words(now) {
      if (now === (this.asked.q ?? "")) return;
      clearTimeout(this.typing);
      this.typing = setTimeout(() => this.ask({ q: now }), PAUSE);
    },
    which() { this.way = this.ways[0]?.[0] ?? ""; this.value = this.known.choices[0] ?? ""; },
  },
  methods: {
    word(n, value) { return n.name.startsWith("is_") || value === "true" || value === "false" ? (value === "true" ? n.label : `not ${n.label}`) : value; },
    picked(name) { return (this.asked[name] ?? "").split(",").filter(Boolean); },
    pick(name, value) {
      const now = this.picked(name);
      this.ask({ [name]: (now.includes(value) ? now.filter((v) => v !== value) : [...now, value]).join(",") });
    },
    open_filter() {
      this.adding = !this.adding;
      if (!this.which) this.which = this.narrowings[0].name;
    },
    add_filter() {
      if (this.way !== "empty" && !this.value) return;
      this.adding = false;
      this.ask({ [this.way ? `${this.which}.${this.way}` : this.which]: this.way === "empty" ? "true" : this.value });
    },
    drop_filter(key) { this.ask({ [key]: "" }); },
    sort_by(key) {
      const down = this.sort === key && !this.down;
      const text = `${down ? "-" : ""}${key}`;
      this.ask({ sort: text === this.order ? "" : text });
    },
    ask(change) {
      const now = { ...this.asked, ...change };
      this.asked = Object.fromEntries(Object.entries(now).filter(([, value]) => value !== ""));
      this.chosen = [];
      this.remember();
      this.again();
      this.to_top();
    },
    again() {
      this.news = 0;
      this.send({ ...this.asked });
    },
    send(query, onward = false) {
      this.ticket += 1;
      this.busy = true;
      this.reading = onward;
      this.$emit("want", { ticket: this.ticket, query });
    },
    got(ticket, page) {
      if (ticket !== this.ticket) return;
      this.busy = false;
      this.take(page, this.reading);
      this.$nextTick(() => this.look());
    },
    take(page, onward) {
      this.complaint = page.complaint;
      if (page.complaint) return;
      this.rows = onward ? [...this.rows, ...page.rows] : page.rows;
      this.next = page.next;
      if (!onward) {
        this.total = page.total;
        this.more = page.more;
        this.counts = page.counts;
        this.chosen = this.chosen.filter((id) => this.rows.some((row) => row.id === id));
      }
    },
    put(page, gone) {
      const rows = page.rows;
      const until = new Map(rows.map((row) => [row.id, row]));
      const lost = new Set(gone);
      const touched = [];
      this.rows = this.rows.filter((row) => !lost.has(row.id)).map((row) => {
        const now = until.get(row.id);
        until.delete(row.id);
        if (now && JSON.stringify(now) !== JSON.stringify(row)) touched.push(row.id);
        return now ?? row;
      });
      [this.total, this.more, this.counts] = [page.total, page.more, page.counts];
      this.chosen = this.chosen.filter((id) => !lost.has(id));
      if (until.size && !this.next && this.rows.length < 100 && !this.chosen.length) this.again();
      else this.news += until.size;
      this.tint(touched);
    },
    choose(id) { this.chosen = this.chosen.includes(id) ? this.chosen.filter((each) => each !== id) : [...this.chosen, id]; },
    choose_all(event) { this.chosen = event.target.checked ? this.rows.map((row) => row.id) : []; },
    act(name) { this.$emit("act", { deed: name, ids: [...this.chosen] }); },
    address() {
      const tail = new URLSearchParams(this.asked).toString();
      return tail ? "?" + tail : "";
    },
    file(kind) { return `${this.exported}.${kind}${this.address()}`; },
    remember() { history.replaceState(history.state, "", location.pathname + this.address()); },
    looked() {
      const left = this.rows.length * this.row_height - (this.top + this.height);
      if (this.next && !this.busy && left < 20 * this.row_height) this.send({ ...this.asked, cursor: this.next }, true);
    },
    typed(key) { if (key === "x" && this.at && this.deeds.length) this.choose(this.at); },
  },
};
