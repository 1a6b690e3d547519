// Hair in two layers (behind the neck, over the forehead), in head coordinates. They slide against each other when the
// head turns, which is what makes a flat drawing look round.

export const hairDefs = `
  <linearGradient id="hairBack" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#2c1d22"/><stop offset="0.7" stop-color="#3a262b"/>
    <stop offset="1" stop-color="#4e3335"/></linearGradient>
  <linearGradient id="hairFront" x1="0.1" y1="0" x2="0.8" y2="1"><stop offset="0" stop-color="#64444a"/><stop offset="0.4" stop-color="#43292f"/>
    <stop offset="1" stop-color="#2b1a20"/></linearGradient>
  <linearGradient id="hairSide" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#3a242a"/><stop offset="0.6" stop-color="#4b3136"/>
    <stop offset="1" stop-color="#5b3c3d"/></linearGradient>`

export const hairBehind = (pose) => `
  <g transform="translate(${-3 * pose.turn} ${0.6 * pose.nod})">
    <path d="M 0 -180 C -84 -184 -126 -128 -124 -52 C -122 20 -134 84 -120 142 C -112 176 -84 194 -52 190 C -30 186 -40 150 -30 120 L 30 120 C 40 150 30 186 52 190 C 84 194 112 176 120 142 C 134 84 122 20 124 -52 C 126 -128 84 -184 0 -180 Z" fill="url(#hairBack)"/>
  </g>`

const strands = `
  <g fill="none" stroke-linecap="round">
    <path d="M -38 -142 C -76 -122 -99 -84 -103 -30" stroke="#9a6f6c" stroke-width="5" opacity="0.42" filter="url(#soft2)"/>
    <path d="M -22 -158 C -72 -144 -106 -100 -113 -40" stroke="#8a605f" stroke-width="3" opacity="0.4" filter="url(#soft2)"/>
    <path d="M -20 -146 C 40 -140 92 -108 108 -46" stroke="#86605f" stroke-width="6" opacity="0.38" filter="url(#soft2)"/>
    <path d="M -34 -132 C 20 -118 74 -92 97 -34" stroke="#1d1116" stroke-width="2" opacity="0.5"/>
    <path d="M -40 -130 C -72 -112 -88 -78 -93 -30" stroke="#1d1116" stroke-width="2" opacity="0.4"/>
    <path d="M -113 10 C -110 60 -122 100 -108 146" stroke="#7c5654" stroke-width="4" opacity="0.5" filter="url(#soft2)"/>
    <path d="M 112 10 C 110 60 120 100 108 146" stroke="#6b4a4a" stroke-width="4" opacity="0.45" filter="url(#soft2)"/>
    <path d="M -98 20 C -96 70 -102 110 -90 158 M 99 20 C 96 70 102 110 90 158" stroke="#21141a" stroke-width="2" opacity="0.45"/>
  </g>`

export const hairFront = (pose) => `
  <g transform="translate(${2.5 * pose.turn} ${0.9 * pose.nod})">
    <path d="M -84 -64 C -92 -20 -86 30 -92 74 C -96 112 -86 148 -64 176 C -96 186 -118 166 -122 136 C -134 84 -122 20 -122 -52 Z" fill="url(#hairSide)"/>
    <path d="M 84 -64 C 92 -20 86 30 92 74 C 96 112 86 148 64 176 C 96 186 118 166 122 136 C 134 84 122 20 122 -52 Z" fill="url(#hairSide)"/>
    <path d="M -38 -126 C -66 -112 -82 -84 -86 -40 C -88 -16 -88 4 -90 24 C -102 -2 -125 -28 -123 -60 C -121 -138 -78 -186 2 -184 C 82 -184 123 -130 124 -56 C 124 -26 106 6 91 30 C 92 -6 86 -38 66 -62 C 42 -90 2 -106 -38 -126 Z" fill="url(#hairFront)"/>
    ${strands}
  </g>`
