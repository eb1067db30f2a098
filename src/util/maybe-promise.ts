/** A value now or later. A native engine answers at once, and a promise a step would cost more than the step. */
export type MaybePromise<T> = T | Promise<T>;

/** The value of what is known to answer at once. Throws an Error on a promise. */
export function atOnce<T>(value: MaybePromise<T>): T {
  if (value instanceof Promise) throw new Error("the answer is not here yet");
  return value;
}

/** Calls `next` with the value: at once when it is here, else when it comes. A rejection goes through. */
export function whenSettled<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
