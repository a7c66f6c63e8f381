const challengerColours = 6;

/** The control is always grey; challengers keep the colour of their place in the split. CSS variables of page.css. */
export function variantColours(variants: readonly { variant: string; control: boolean }[]): Map<string, string> {
  const colours = new Map<string, string>();
  let place = 0;
  for (const { variant, control } of variants) {
    if (!control) place += 1;
    colours.set(
      variant,
      control ? 'var(--variant-control)' : `var(--variant-${((place - 1) % challengerColours) + 1})`,
    );
  }
  return colours;
}
