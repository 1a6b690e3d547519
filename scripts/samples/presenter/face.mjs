// The face, in head coordinates: the point between the eyes is (0, 0), the chin is at y = 142.

const outline =
  'M -88 -60 C -94 -20 -95 20 -87 54 C -80 88 -56 116 -27 136 C -13 145 13 145 27 136 C 56 116 80 88 87 54 C 95 20 94 -20 88 -60 C 84 -130 40 -160 0 -160 C -40 -160 -84 -130 -88 -60 Z'

export const faceDefs = `
  <radialGradient id="skin" cx="0.38" cy="0.36" r="0.75"><stop offset="0" stop-color="#ffe2cb"/><stop offset="0.5" stop-color="#f8cfb1"/>
    <stop offset="0.82" stop-color="#edb592"/><stop offset="1" stop-color="#d99a77"/></radialGradient>
  <radialGradient id="blush"><stop offset="0" stop-color="#ec8173" stop-opacity="0.42"/><stop offset="1" stop-color="#ec8173" stop-opacity="0"/></radialGradient>
  <radialGradient id="iris" cx="0.5" cy="0.62" r="0.55"><stop offset="0" stop-color="#a06a45"/><stop offset="0.6" stop-color="#67402a"/>
    <stop offset="1" stop-color="#36201a"/></radialGradient>
  <linearGradient id="upperLip" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#cf6b66"/><stop offset="1" stop-color="#b34f52"/></linearGradient>
  <linearGradient id="lowerLip" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#d4706b"/><stop offset="1" stop-color="#e08a80"/></linearGradient>
  <clipPath id="faceClip"><path d="${outline}"/></clipPath>
  <filter id="soft2" x="-40%" y="-40%" width="180%" height="180%"><feGaussianBlur stdDeviation="2"/></filter>
  <filter id="soft6" x="-40%" y="-40%" width="180%" height="180%"><feGaussianBlur stdDeviation="6"/></filter>`

const mix = (from, to, amount) => from + (to - from) * amount

/** One eye; `side` is -1 for the one on the left of the picture. Lids meet a little below the middle, as real ones do. */
function eye(side, pose) {
  const top = mix(10, -17, pose.lids)
  const bottom = mix(10, 12, pose.lids)
  const corner = mix(3, 0, pose.lids)
  const upper = `M -23 ${corner + 2} C -14 ${top} 8 ${top - 1.5} 22 ${corner - 2}`
  const shape = `${upper} C 13 ${bottom} -12 ${bottom} -23 ${corner + 2} Z`
  const id = side < 0 ? 'eyeLeft' : 'eyeRight'
  const gaze = side * pose.turn * 1.6
  return `<g transform="translate(${side * 41} 1) scale(${side * 1.1} 1.1)">
    <clipPath id="${id}"><path d="${shape}"/></clipPath>
    <path d="M -24 -8 C -14 -27 10 -28 25 -9" stroke="#b77457" stroke-width="2.4" fill="none" opacity="${0.1 + 0.4 * pose.lids}" stroke-linecap="round"/>
    <ellipse cx="0" cy="-7" rx="25" ry="12" fill="#c47f63" opacity="0.22" filter="url(#soft4)"/>
    <g clip-path="url(#${id})">
      <rect x="-30" y="-24" width="60" height="48" fill="#fdf9f6"/>
      <circle cx="${gaze}" cy="-1.5" r="12.8" fill="url(#iris)"/><circle cx="${gaze}" cy="-1.5" r="12.4" fill="none" stroke="#2a1813" stroke-width="1.6" opacity="0.7"/>
      <circle cx="${gaze}" cy="-1.5" r="5.8" fill="#150c0b"/>
      <circle cx="${gaze - side * 4.4}" cy="-6.2" r="3.5" fill="#fff"/><circle cx="${gaze + side * 4.5}" cy="4" r="1.7" fill="#fff" opacity="0.65"/>
      <path d="${upper} L 22 -30 H -23 Z" fill="#7a4b3a" opacity="0.3" transform="translate(0 4)" filter="url(#soft2)"/>
    </g>
    <path d="M -22 ${corner + 4} C -12 ${bottom} 13 ${bottom} 22 ${corner - 2}" stroke="#a9664d" stroke-width="1.4" fill="none" opacity="0.7"/>
    <path d="${upper} L 28 ${corner - mix(-3, 6, pose.lids)} C 20 ${top + mix(4, 1, pose.lids)} 8 ${top - mix(-1, 3.8, pose.lids)} -4 ${top - mix(-1, 3, pose.lids) * 0.4} C -14 ${top} -20 ${corner - 1} -23 ${corner + 2} Z" fill="#2a1a1c" stroke="#2a1a1c" stroke-width="2.2" stroke-linejoin="round"/>
    <path d="M -17 18 C -8 22 8 22 17 16" stroke="#cf9273" stroke-width="3" fill="none" opacity="0.28" filter="url(#soft2)"/>
    <path transform="translate(0 ${-1.8 * pose.brow})" fill="#3a2629" opacity="0.9"
      d="M -25 -33 C -12 -43 10 -46 31 -34 C 33 -33 32 -31.5 30 -32 C 12 -38 -8 -37 -22 -28.5 C -26 -27 -28 -31 -25 -33 Z"/>
  </g>`
}

const nose = `
  <path d="M 7 -6 C 12 18 18 36 17 47 C 14 55 4 57 -2 55 C 4 48 6 20 7 -6 Z" fill="#c98263" opacity="0.32" filter="url(#soft2)"/>
  <path d="M -2 -4 C -4 16 -5 30 -4 40" stroke="#fff3e6" stroke-width="7" opacity="0.55" fill="none" stroke-linecap="round" filter="url(#soft2)"/>
  <path d="M -15 49 C -12 56 -6 52 0 56 C 6 52 12 56 15 49" stroke="#a95f48" stroke-width="2.2" fill="none" stroke-linecap="round" stroke-linejoin="round" opacity="0.85"/>
  <path d="M -17 44 C -20 49 -17 53 -14 52 M 17 44 C 20 49 17 53 14 52" stroke="#c07a5d" stroke-width="1.6" fill="none" stroke-linecap="round" opacity="0.4"/>
  <ellipse cx="-2" cy="43" rx="5" ry="4" fill="#fff6ec" opacity="0.6" filter="url(#soft2)"/>`

function mouth(pose) {
  const wide = 29 + 6 * pose.smile
  const up = 3 + 8 * pose.smile
  const gap = 8.5 * pose.parting
  const drop = 86 + gap
  const inner = `M ${-wide} ${86 - up} C -14 ${88 - 0.2 * up} -6 86.5 0 88 C 6 86.5 14 ${88 - 0.2 * up} ${wide} ${86 - up}`
  const lower = `C 16 ${drop + 5} -16 ${drop + 5} ${-wide} ${86 - up} Z`
  return `
    <ellipse cx="0" cy="${drop + 21}" rx="20" ry="5" fill="#b86d51" opacity="0.38" filter="url(#soft2)"/>
    <clipPath id="mouthClip"><path d="${inner} ${lower}"/></clipPath>
    <path d="${inner} ${lower}" fill="#6d2a30"/>
    <g clip-path="url(#mouthClip)"><rect x="-22" y="80" width="44" height="${10.5 + 0.3 * gap}" rx="6" fill="#fffaf6"/></g>
    <path d="M ${-wide} ${86 - up} C -18 ${80 - 0.2 * up} -8 77 -3.5 77.5 C -1.5 77.8 -1 79 0 79 C 1 79 1.5 77.8 3.5 77.5 C 8 77 18 ${80 - 0.2 * up} ${wide} ${86 - up} C 14 ${88 - 0.2 * up} 6 86.5 0 88 C -6 86.5 -14 ${88 - 0.2 * up} ${-wide} ${86 - up} Z" fill="url(#upperLip)"/>
    <path d="M ${-wide} ${86 - up} C -16 ${drop + 4} 16 ${drop + 4} ${wide} ${86 - up} C 25 ${drop + 10} 14 ${drop + 17} 0 ${drop + 17} C -14 ${drop + 17} -25 ${drop + 10} ${-wide} ${86 - up} Z" fill="url(#lowerLip)"/>
    <ellipse cx="-4" cy="${drop + 9}" rx="9" ry="2.6" fill="#fff" opacity="0.38" filter="url(#soft2)"/>
    <circle cx="${-wide - 1}" cy="${86 - up}" r="2.6" fill="#a85c48" opacity="0.5" filter="url(#soft2)"/><circle cx="${wide + 1}" cy="${86 - up}" r="2.6" fill="#a85c48" opacity="0.5" filter="url(#soft2)"/>
    <path d="M ${-wide - 10} ${70 - up} C ${-wide - 15} ${79 - up} ${-wide - 14} ${88 - up} ${-wide - 9} ${95 - up} M ${wide + 10} ${70 - up} C ${wide + 15} ${79 - up} ${wide + 14} ${88 - up} ${wide + 9} ${95 - up}" stroke="#c98564" stroke-width="3" fill="none" opacity="${0.4 * pose.smile}" stroke-linecap="round" filter="url(#soft2)"/>`
}

export function face(pose) {
  const x = 6 * pose.turn
  const y = 2.2 * pose.nod
  return `
    <path d="${outline}" fill="url(#skin)"/>
    <g clip-path="url(#faceClip)">
      <path d="M 100 -120 C 74 -40 84 40 60 92 C 44 122 20 140 -10 148 L 100 160 Z" fill="#c07c5c" opacity="0.3" filter="url(#soft6)"/>
      <path d="M -94 30 C -84 -40 -62 -84 -34 -96 C 10 -98 60 -76 84 -20 L 96 -30 C 90 -130 30 -170 -40 -160 C -90 -130 -110 -40 -94 30 Z" fill="#a8634a" opacity="0.5" filter="url(#soft6)"/>
      <g transform="translate(${x * 0.8} ${y})">
        <ellipse cx="-54" cy="46" rx="30" ry="22" fill="url(#blush)"/><ellipse cx="54" cy="46" rx="30" ry="22" fill="url(#blush)"/>
        <ellipse cx="-50" cy="26" rx="18" ry="8" fill="#fff4e8" opacity="0.4" filter="url(#soft6)"/>
      </g>
    </g>
    <g transform="translate(${x} ${y})">${eye(-1, pose)}${eye(1, pose)}</g>
    <g transform="translate(${x * 1.35} ${y * 1.2})">${nose}</g>
    <g transform="translate(${x} ${y * 1.1})">${mouth(pose)}</g>`
}
