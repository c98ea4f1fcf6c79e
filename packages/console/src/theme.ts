// Colours and type of the console. Every text colour keeps the contrast of 4.5 that WCAG AA asks, in light and dark.

import { createTheme } from '@mantine/core'
import type { CSSVariablesResolver } from '@mantine/core'

export const theme = createTheme({
  colors: {
    dark: ['#d9dae2', '#b6b9c4', '#a9adb8', '#7b7f8b', '#3f414b', '#353640', '#212128', '#17171c', '#131317', '#0e0e11'],
    tulle: ['#f3f1fd', '#e3dff9', '#c5bef1', '#a59be9', '#897de0', '#7466d6', '#5f50c9', '#4c3fb5', '#3e339a', '#2b2463'],
  },
  primaryColor: 'tulle',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 'md',
  fontFamily: 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, "DejaVu Sans Mono", monospace',
  headings: {
    fontWeight: '680',
    sizes: { h1: { fontSize: '1.7rem', lineHeight: '1.25' }, h2: { fontSize: '1.1rem', lineHeight: '1.4' }, h3: { fontSize: '0.95rem', lineHeight: '1.4' } },
  },
})

// Texts of the `light` variant on their own tint: the library's shades are too pale for small type.
const ON_TINT: Readonly<Record<string, string>> = {
  gray: '#495057', red: '#b32121', orange: '#9c3d06', yellow: '#7d5200', teal: '#066649', blue: '#12549b', tulle: '#3e339a',
}

export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5b6069',
    '--mantine-color-placeholder': '#6b7079',
    '--mantine-color-error': '#b32121',
    '--mantine-color-anchor': '#4336a8',
    ...Object.fromEntries(Object.entries(ON_TINT).map(([colour, value]) => [`--mantine-color-${colour}-light-color`, value])),
  },
  dark: {
    '--mantine-color-placeholder': '#9095a1',
    '--mantine-color-tulle-light': '#37325f',
    '--mantine-color-error': '#ff9d9d',
    '--mantine-color-anchor': '#b3abf2',
  },
})
