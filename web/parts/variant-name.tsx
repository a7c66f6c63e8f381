/** A variant with the colour it has in every picture. */
export function VariantName({
  name,
  colour,
  control = false,
}: {
  name: string;
  colour: string | undefined;
  control?: boolean;
}) {
  return (
    <span style={{ display: 'inline-flex', alignItems: 'baseline', gap: '0.5rem' }}>
      <span
        aria-hidden="true"
        style={{ width: 10, height: 10, borderRadius: 99, flex: 'none', background: colour, alignSelf: 'center' }}
      />
      <span style={{ overflowWrap: 'anywhere' }}>
        {name}
        {control && name !== 'control' && <span className="muted small"> control</span>}
      </span>
    </span>
  );
}
