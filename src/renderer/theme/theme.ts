import { createTheme } from '@mantine/core'
import './theme.css'
import { components } from './components.ts'
import { brand, danger, dark, gray, info, success, warn } from './palettes.ts'

/**
 * The system's own face for Latin, then Chinese ones. `system-ui` comes last: on Linux it is often a wide fallback face.
 * `--dhs-marks` is set by base.css outside Chinese text.
 */
const fontFamily =
  'var(--dhs-marks, -apple-system), -apple-system, BlinkMacSystemFont, "Segoe UI Variable Text", "Segoe UI", Ubuntu, Cantarell, "Noto Sans", "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", system-ui, sans-serif'

const heading = (fontSize: string, lineHeight: string) => ({ fontSize, lineHeight, fontWeight: '600' })

/** The look of the app, for `<MantineProvider theme>`; pair it with `cssVariables`. Importing it loads the style sheet. */
export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 8,
  autoContrast: true,
  colors: { brand, success, warn, danger, info, gray, dark, red: danger, green: success, yellow: warn, blue: brand },
  black: '#1c1f27',
  focusRing: 'auto',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily,
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "Noto Sans Mono", "Noto Sans Mono CJK SC", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  lineHeights: { xs: '1.4', sm: '1.45', md: '1.5', lg: '1.5', xl: '1.4' },
  headings: {
    fontFamily,
    fontWeight: '600',
    sizes: {
      h1: heading('1.25rem', '1.4'),
      h2: heading('1.0625rem', '1.4'),
      h3: heading('0.9375rem', '1.45'),
      h4: heading('0.875rem', '1.5'),
      h5: heading('0.8125rem', '1.5'),
      h6: heading('0.75rem', '1.5'),
    },
  },
  spacing: { xs: '0.25rem', sm: '0.5rem', md: '0.75rem', lg: '1rem', xl: '1.5rem', '2xl': '2.5rem' },
  radius: { xs: '0.25rem', sm: '0.375rem', md: '0.5rem', lg: '0.75rem', xl: '1rem' },
  defaultRadius: 'sm',
  shadows: {
    xs: 'var(--dhs-shadow-card)',
    sm: 'var(--dhs-shadow-card)',
    md: 'var(--dhs-shadow-float)',
    lg: 'var(--dhs-shadow-float)',
    xl: 'var(--dhs-shadow-float)',
  },
  components,
})
