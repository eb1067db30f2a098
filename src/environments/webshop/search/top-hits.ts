/** The best hits of a search: a heap with the worst on top. Of equal scores the lower document is the better one. */
export class TopHits {
  readonly #limit: number;
  readonly #docs: Uint32Array;
  readonly #scores: Float64Array;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#docs = new Uint32Array(limit);
    this.#scores = new Float64Array(limit);
  }

  offer(doc: number, score: number): void {
    if (this.#count < this.#limit) {
      this.#docs[this.#count] = doc;
      this.#scores[this.#count] = score;
      this.#rise(this.#count++);
      return;
    }
    const worst = this.#scores[0] ?? 0;
    if (score < worst || (score === worst && doc > (this.#docs[0] ?? 0))) return;
    this.#docs[0] = doc;
    this.#scores[0] = score;
    this.#sink();
  }

  /** The documents, best first. */
  ordered(): number[] {
    const order = Array.from({ length: this.#count }, (_, at) => at);
    order.sort((a, b) => (this.#worse(a, b) ? 1 : -1));
    return order.map((at) => this.#docs[at] ?? 0);
  }

  #worse(a: number, b: number): boolean {
    const [left, right] = [this.#scores[a] ?? 0, this.#scores[b] ?? 0];
    return left < right || (left === right && (this.#docs[a] ?? 0) > (this.#docs[b] ?? 0));
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#worse(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      if (left >= this.#count) return;
      const right = left + 1;
      const child = right < this.#count && this.#worse(right, left) ? right : left;
      if (!this.#worse(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }

  #swap(a: number, b: number): void {
    const [doc, score] = [this.#docs[a] ?? 0, this.#scores[a] ?? 0];
    this.#docs[a] = this.#docs[b] ?? 0;
    this.#scores[a] = this.#scores[b] ?? 0;
    this.#docs[b] = doc;
    this.#scores[b] = score;
  }
}
