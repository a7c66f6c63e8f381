import { describe, expect, it } from 'vitest';
import { csvOf, downloadName } from '../../web/charts/chart-csv.ts';

const lineOf = (...cells: (string | number | null)[]) =>
  csvOf({ columns: cells.map(() => 'x'), rows: [cells] }).split('\r\n')[1];

describe('the data of a chart as CSV', () => {
  it('ends every line with CRLF, the head first', () => {
    expect(csvOf({ columns: ['Variant', 'Lift, %'], rows: [['new', 2.5]] })).toBe('Variant,"Lift, %"\r\nnew,2.5\r\n');
  });

  it('quotes commas, quotes and line ends', () => {
    expect(lineOf('a,b')).toBe('"a,b"');
    expect(lineOf('say "no"')).toBe('"say ""no"""');
    expect(csvOf({ columns: ['x'], rows: [['two\nlines']] })).toBe('x\r\n"two\nlines"\r\n');
  });

  it('leaves a cell empty that has no value', () => {
    expect(lineOf(null, Number.NaN, Number.POSITIVE_INFINITY, 0)).toBe(',,,0');
  });

  it('writes numbers with their digits, and without those that only a double has', () => {
    expect(lineOf(0.1 + 0.2, -1.25, 1e-12)).toBe('0.3,-1.25,1e-12');
  });

  it('makes text of what a spreadsheet would run', () => {
    for (const formula of ['=1+1', '+1+cmd', '-2+3', '@sum(a1)', '\t=1', ' =1']) {
      expect(lineOf(formula)).toBe(`'${formula}`);
    }
    expect(lineOf('=HYPERLINK("x")')).toBe(`"'=HYPERLINK(""x"")"`);
    expect(lineOf('-3.5', '+2', -3)).toBe('-3.5,+2,-3');
  });
});

describe('the name of a file', () => {
  it('holds the page and what is shown', () => {
    expect(downloadName('/experiments/checkout', 'lift', 'csv')).toBe('checkout-lift.csv');
    expect(downloadName('/experiments/m%C3%BCll%20%2F', 'Share of units, %', 'png')).toBe('müll-share-of-units.png');
    expect(downloadName('/', 'lift', 'png')).toBe('assay-lift.png');
  });
});
