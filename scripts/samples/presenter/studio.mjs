// The room behind the presenter: drawn once, out of focus, the same in every frame (so it costs the encoder nothing).

const slats = Array.from({ length: 13 }, (unused, index) => {
  const x = -30 + index * 31
  return `<rect x="${x}" y="-40" width="19" height="820" rx="4" fill="url(#slat)"/>`
}).join('')

const leaf = (x, y, length, angle, fill) =>
  `<path transform="translate(${x} ${y}) rotate(${angle})" fill="${fill}"
    d="M0 0 C ${length * 0.24} ${-length * 0.3} ${length * 0.2} ${-length * 0.75} 0 ${-length} C ${-length * 0.2} ${-length * 0.75} ${-length * 0.24} ${-length * 0.3} 0 0 Z"/>`

const plant = [
  [1100, 610, 250, -38, '#3f7466'],
  [1106, 610, 300, -16, '#4f8a78'],
  [1112, 610, 320, 6, '#437a6b'],
  [1120, 610, 280, 27, '#5c9a86'],
  [1126, 614, 220, 49, '#3f7466'],
  [1096, 614, 180, -60, '#5c9a86'],
]
  .map((values) => leaf(...values))
  .join('')

export const studioDefs = `
  <linearGradient id="wall" x1="0" y1="0" x2="1" y2="1">
    <stop offset="0" stop-color="#e9ebf2"/><stop offset="0.55" stop-color="#ccd3e4"/><stop offset="1" stop-color="#9fabc9"/>
  </linearGradient>
  <linearGradient id="slat" x1="0" y1="0" x2="1" y2="0">
    <stop offset="0" stop-color="#c9a98a"/><stop offset="0.5" stop-color="#b8946f"/><stop offset="1" stop-color="#96754f"/>
  </linearGradient>
  <linearGradient id="slatShade" x1="0" y1="0" x2="0" y2="1">
    <stop offset="0" stop-color="#fff1da" stop-opacity="0.55"/><stop offset="0.5" stop-color="#fff1da" stop-opacity="0"/>
    <stop offset="1" stop-color="#2b2440" stop-opacity="0.3"/>
  </linearGradient>
  <radialGradient id="lamp"><stop offset="0" stop-color="#fffaf0"/><stop offset="0.55" stop-color="#ffe9c4" stop-opacity="0.75"/>
    <stop offset="1" stop-color="#ffe2b0" stop-opacity="0"/></radialGradient>
  <radialGradient id="halo"><stop offset="0" stop-color="#ffffff" stop-opacity="0.75"/><stop offset="1" stop-color="#ffffff" stop-opacity="0"/></radialGradient>
  <radialGradient id="vignette" cx="0.5" cy="0.45" r="0.75"><stop offset="0.6" stop-color="#1b2140" stop-opacity="0"/>
    <stop offset="1" stop-color="#1b2140" stop-opacity="0.32"/></radialGradient>
  <linearGradient id="pot" x1="0" y1="0" x2="1" y2="0"><stop offset="0" stop-color="#fbf7f2"/><stop offset="1" stop-color="#c6c3cf"/></linearGradient>
  <filter id="far" x="-10%" y="-10%" width="120%" height="120%"><feGaussianBlur stdDeviation="9"/></filter>
  <filter id="near" x="-20%" y="-20%" width="140%" height="140%"><feGaussianBlur stdDeviation="6"/></filter>
  <filter id="grain" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency="0.8" numOctaves="1" seed="7"/>
    <feColorMatrix values="0 0 0 0 0.5  0 0 0 0 0.5  0 0 0 0 0.5  0 0 0 0.9 -0.25"/></filter>`

export const studio = `
  <rect width="1280" height="720" fill="url(#wall)"/>
  <g filter="url(#far)">
    <g>${slats}</g><rect x="-40" y="-40" width="412" height="820" fill="url(#slatShade)"/>
    <rect x="372" y="-40" width="10" height="820" fill="#6d7796" opacity="0.35"/>
    <rect x="905" y="-20" width="300" height="330" rx="16" fill="#f7f9fd" opacity="0.85"/>
    <path d="M905 210 C 980 150 1040 240 1205 130 V 310 H 905 Z" fill="#a9b7d8" opacity="0.7"/>
    <circle cx="1010" cy="86" r="34" fill="#ffdca6" opacity="0.9"/>
  </g>
  <g filter="url(#near)">
    <rect x="930" y="640" width="400" height="18" rx="6" fill="#8d7257"/><rect x="930" y="656" width="400" height="90" fill="#6f6a86" opacity="0.35"/>
    ${plant}<path d="M1060 590 H1166 L1152 644 H1074 Z" fill="url(#pot)"/>
    <rect x="968" y="588" width="16" height="52" rx="3" fill="#4a5aa8"/><rect x="986" y="578" width="20" height="62" rx="3" fill="#e2b07a"/>
    <rect x="1008" y="592" width="14" height="48" rx="3" fill="#f4efe8"/>
  </g>
  <circle cx="250" cy="120" r="250" fill="url(#lamp)" opacity="0.75"/>
  <ellipse cx="640" cy="300" rx="420" ry="380" fill="url(#halo)" opacity="0.7"/>
  <rect width="1280" height="720" fill="url(#vignette)"/>
  <rect width="1280" height="720" filter="url(#grain)" opacity="0.05"/>`
