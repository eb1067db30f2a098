/** The best hits of a search: a heap with the worst on top. Of equal scores the lower document is the better one. */
export class TopHits {
  readonly #limit: number;
  readonly #docs: number[] = [];
  readonly #scores: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  offer(doc: number, score: number): void {
    if (this.#docs.length < this.#limit) {
      this.#docs.push(doc);
      this.#scores.push(score);
      this.#rise(this.#docs.length - 1);
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
    const order = this.#docs.map((_, at) => at);
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
      let worst = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < this.#docs.length && this.#worse(child, worst)) worst = child;
      }
      if (worst === at) return;
      this.#swap(at, worst);
      at = worst;
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
