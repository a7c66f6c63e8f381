import type { ReactNode } from 'react';

const ring = <circle cx="10" cy="10" r="7.5" />;

/** Line drawings on a 20 × 20 grid. */
const drawings = {
  check: (
    <>
      {ring}
      <path d="m6.8 10.3 2.2 2.2 4.3-4.7" />
    </>
  ),
  cross: (
    <>
      {ring}
      <path d="m7.4 7.4 5.2 5.2m0-5.2-5.2 5.2" />
    </>
  ),
  clock: (
    <>
      {ring}
      <path d="M10 5.8V10l2.8 1.7" />
    </>
  ),
  dashed: <circle cx="10" cy="10" r="7.5" strokeDasharray="2.6 2.6" />,
  warning: <path d="M10 2.9 18 16.8H2L10 2.9Zm0 5.2v4m0 2.2v.1" />,
  search: <path d="M3.2 8.8a5.6 5.6 0 1 0 11.2 0 5.6 5.6 0 1 0-11.2 0M13 13l4 4" />,
  sun: (
    <>
      <circle cx="10" cy="10" r="3.4" />
      <path d="M10 2v1.6m0 12.8V18M2 10h1.6m12.8 0H18M4.3 4.3l1.2 1.2m9 9 1.2 1.2m0-11.4-1.2 1.2m-9 9-1.2 1.2" />
    </>
  ),
  moon: <path d="M16.8 11.9A7.2 7.2 0 0 1 8.1 3.2a7.2 7.2 0 1 0 8.7 8.7Z" />,
  system: (
    <path d="M4 3.5h12c.8 0 1.5.7 1.5 1.5v7.5c0 .8-.7 1.5-1.5 1.5H4c-.8 0-1.5-.7-1.5-1.5V5c0-.8.7-1.5 1.5-1.5ZM7 17h6" />
  ),
  back: <path d="m11.8 4.8-5.2 5.2 5.2 5.2" />,
  unfold: <path d="m5 7.5 5 5 5-5" />,
  pause: <path d="M7 5v10M13 5v10" />,
  play: <path d="M6.5 4.2 15.6 10l-9.1 5.8V4.2Z" />,
  menu: <path d="M3.5 5.5h13M3.5 10h13M3.5 14.5h13" />,
  close: <path d="m5 5 10 10M15 5 5 15" />,
  flag: <path d="M5 17.5V3.2h10l-2.2 3.6L15 10.4H5" />,
} satisfies Record<string, ReactNode>;

export type IconName = keyof typeof drawings;

/** Icons stand beside words, never instead of them, so all are hidden from screen readers. */
export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 20 20"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.7"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      style={{ flex: 'none' }}
    >
      {drawings[name]}
    </svg>
  );
}

/** Two intervals about a line: what the product draws. */
export function Mark({ size = 26 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" style={{ flex: 'none' }}>
      <path d="M16 5v22" stroke="var(--line)" strokeWidth="2.4" strokeLinecap="round" />
      <path d="M6 11.5h13" stroke="var(--variant-control)" strokeWidth="3.4" strokeLinecap="round" />
      <path d="M13 20.5h14" stroke="var(--variant-1)" strokeWidth="3.4" strokeLinecap="round" />
      <circle cx="12" cy="11.5" r="4" fill="var(--variant-control)" />
      <circle cx="20.5" cy="20.5" r="4" fill="var(--variant-1)" />
    </svg>
  );
}
