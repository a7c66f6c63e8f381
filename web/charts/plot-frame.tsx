import { useElementSize } from '@mantine/hooks';
import { useLayoutEffect, useRef } from 'react';

type Props = {
  /** Draws for a width in pixels; keep its identity stable while the data is the same. */
  draw: (width: number) => Element;
  /** Height for a width: kept free before the first drawing, so that nothing jumps. */
  height: number | ((width: number) => number);
  label: string;
};

/** Puts a drawing of Observable Plot on the page, again whenever the data or the width changes. */
export function PlotFrame({ draw, height, label }: Props) {
  const { ref: frame, width } = useElementSize();
  const mount = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (width < 1) return;
    const drawing = draw(Math.floor(width));
    drawing.setAttribute('role', 'img');
    // The library names its marks ("rule", "dot") for screen readers, which see one picture with one name.
    for (const part of drawing.querySelectorAll('[aria-label]')) {
      part.setAttribute('data-mark', part.getAttribute('aria-label') ?? '');
      part.removeAttribute('aria-label');
    }
    drawing.setAttribute('aria-label', label);
    mount.current?.replaceChildren(drawing);
  }, [draw, width, label]);
  return (
    <div ref={frame} style={{ minHeight: typeof height === 'number' ? height : height(Math.floor(width)) }}>
      <div ref={mount} />
    </div>
  );
}
