import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** What every page owes everyone: it fits, its controls have names, and its words stand out from their ground. */
export async function expectBasics(page: Page, name: string, width: number): Promise<void> {
  expect(await page.evaluate('document.documentElement.scrollWidth'), `${name} is wider`).toBeLessThanOrEqual(width);
  expect(await nameless(page), `${name}: controls without a name`).toEqual([]);
  expect(await faint(page), `${name}: words with little contrast`).toEqual([]);
}

function nameless(page: Page): Promise<string[]> {
  return page.evaluate(`[...document.querySelectorAll('button, a[href], input, select, textarea')]
    .filter((one) => one.type !== 'hidden' && one.checkVisibility())
    .filter((one) => !(one.innerText || one.ariaLabel || one.title || '').trim() && !(one.labels && one.labels.length))
    .map((one) => one.outerHTML.slice(0, 120))`);
}

/** Below 4.5 to 1, or 3 to 1 where letters are large; what is disabled and what has a see-through ground is left out. */
function faint(page: Page): Promise<string[]> {
  return page.evaluate(`(() => {
    const parts = (colour) => /^rgba?\\(/.test(colour) ? colour.match(/[\\d.]+/g).map(Number) : null;
    const light = (rgb) => {
      const [r, g, b] = rgb.map((part) => part / 255)
        .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = (one) => {
      for (let up = one; up; up = up.parentElement) {
        const found = parts(getComputedStyle(up).backgroundColor);
        if (!found) return null;
        if (found.length < 4 || found[3] === 1) return found;
        if (found[3] !== 0) return null;
      }
      return null;
    };
    const speaks = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    return [...document.querySelectorAll('main *:not(svg *)')]
      .filter((one) => speaks(one) && one.checkVisibility() && !one.closest(':disabled, [data-disabled]'))
      .flatMap((one) => {
        const style = getComputedStyle(one);
        const [ink, paper] = [parts(style.color), ground(one)];
        if (!ink || !paper) return [];
        const [high, low] = [light(ink), light(paper)].sort((a, b) => b - a);
        const ratio = (high + 0.05) / (low + 0.05);
        const size = parseFloat(style.fontSize);
        const least = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5;
        return ratio < least ? [ratio.toFixed(2) + ' ' + one.textContent.slice(0, 40)] : [];
      });
  })()`);
}
