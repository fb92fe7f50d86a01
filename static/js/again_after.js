/** How long to wait before a line is tried again: full jitter, so that many browsers do not come back in one instant. */

const LEAST = 500;
const MOST = 30000;

/** Milliseconds before the next try, after `tries` that failed. */
export function retryAfter(tries, chance = Math.random) {
  const most = Math.min(MOST, 2 * LEAST * 2 ** tries);
  return LEAST + Math.floor(chance() * (most - LEAST));
}
