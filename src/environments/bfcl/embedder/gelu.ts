const REACH = 6;
const PER_UNIT = 1024;

/** The normal distribution function and its density at steps of 1/1024 in [-6, 6]. */
const distribution = new Float64Array(2 * REACH * PER_UNIT + 1);
const density = new Float64Array(distribution.length);
for (let at = 0; at < distribution.length; at++) {
  const x = at / PER_UNIT - REACH;
  density[at] = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  distribution[at] = 0.5 + seriesPart(x);
}

/** x times the normal distribution function of x, which is what BERT's "gelu" is; good to a dozen digits. */
export function gelu(x: number): number {
  if (x >= REACH) return x;
  if (x <= -REACH) return 0;
  const at = Math.round((x + REACH) * PER_UNIT);
  const near = at / PER_UNIT - REACH;
  const step = x - near;
  const slope = density[at] ?? 0;
  return x * ((distribution[at] ?? 0) + slope * step * (1 - (near * step) / 2));
}

/** The integral of the density from 0 to x, by its series: density(x) * (x + x^3/3 + x^5/(3*5) + ...). */
function seriesPart(x: number): number {
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-17 * Math.abs(sum) && odd < 400; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}
