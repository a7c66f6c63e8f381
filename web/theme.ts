import { createTheme, defaultVariantColorsResolver } from '@mantine/core';

/** The page is ink on paper: colour belongs to the data and to the state of things (page.css). */
export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: { light: 8, dark: 1 },
  autoContrast: true,
  // The library takes the contrast colour of the light scheme for both.
  variantColorResolver: (input) => {
    const colours = defaultVariantColorsResolver(input);
    return input.variant === 'filled' ? { ...colours, color: 'var(--mantine-primary-color-contrast)' } : colours;
  },
  colors: {
    ink: ['#f3f4f6', '#e4e7eb', '#cbd1d9', '#a3acb9', '#7c8797', '#5b6472', '#414a58', '#2e3643', '#1d2430', '#11151b'],
    dark: [
      '#e2e6eb',
      '#b4bcc7',
      '#98a2b0',
      '#6d7786',
      '#3c4552',
      '#2e3643',
      '#232a34',
      '#181d25',
      '#14181f',
      '#0e1116',
    ],
  },
  fontFamily:
    'Inter, -apple-system, "Segoe UI Variable", "Segoe UI", Roboto, "Noto Sans", "Helvetica Neue", Arial, "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace',
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
});
