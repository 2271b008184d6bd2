/** As much of SVG as plots take. Plots are read on white and on dark pages alike, so they bring their own ground. */

export type Attributes = Readonly<Record<string, string | number>>

export function element(name: string, attributes: Attributes, content = ''): string {
  const written = Object.entries(attributes)
    .map(([key, value]) => ` ${key}="${typeof value === 'number' ? tidy(value) : escape(value)}"`)
    .join('')
  return content === '' ? `<${name}${written}/>` : `<${name}${written}>${content}</${name}>`
}

/** A line of text; `anchor` says which end of it stands at `x`. */
export function label(
  x: number,
  y: number,
  words: string,
  { anchor = 'start', size = 12, fill = '#333333', weight = 'normal' } = {},
): string {
  return element('text', { x, y, 'text-anchor': anchor, 'font-size': size, fill, 'font-weight': weight }, escape(words))
}

export function line(x1: number, y1: number, x2: number, y2: number, stroke: string, width = 1): string {
  return element('line', { x1, y1, x2, y2, stroke, 'stroke-width': width })
}

export function dot(cx: number, cy: number, r: number, fill: string, opacity = 1): string {
  return element('circle', { cx, cy, r, fill, 'fill-opacity': opacity })
}

/** A whole picture, with what it shows for those who cannot see it. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  const ground = element('rect', { x: 0, y: 0, width, height, fill: '#ffffff' })
  const content = [element('title', {}, escape(title)), ground, ...parts].join('\n')
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${tidy(width)} ${tidy(height)}`,
      width,
      height,
      role: 'img',
      'font-family': 'sans-serif',
    },
    `\n${content}\n`,
  )}\n`
}

/** From values to places, by their logarithm. What is smaller than `low` stands there, too. */
export function logScale(low: number, high: number, from: number, to: number): (value: number) => number {
  return value =>
    from + ((to - from) * (Math.log(Math.max(value, low)) - Math.log(low))) / (Math.log(high) - Math.log(low))
}

/** From values to places. */
export function linearScale(low: number, high: number, from: number, to: number): (value: number) => number {
  return value => from + ((to - from) * (value - low)) / (high - low)
}

function tidy(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escape(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
