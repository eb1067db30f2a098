/** A value now or later. A native engine answers at once, and a promise a step would cost more than the step. */
export type MaybePromise<T> = T | Promise<T>;

/** Calls `next` with the value: at once when it is here, else when it comes. A rejection goes through. */
export function whenSettled<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}
