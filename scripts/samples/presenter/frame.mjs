import { body, bodyDefs } from './body.mjs'
import { face, faceDefs } from './face.mjs'
import { hairBehind, hairDefs, hairFront } from './hair.mjs'
import { poseAt } from './motion.mjs'
import { studio, studioDefs } from './studio.mjs'

export const frameWidth = 1280
export const frameHeight = 720

const svg = (content) =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${frameWidth}" height="${frameHeight}" viewBox="0 0 ${frameWidth} ${frameHeight}">${content}</svg>`

/** The still room, without the presenter. */
export const backdropSvg = () => svg(`<defs>${studioDefs}</defs>${studio}`)

/** The presenter alone, on transparency, `seconds` into the loop. */
export function presenterSvg(seconds) {
  const pose = poseAt(seconds)
  const head = `translate(${640 + pose.headX} ${288 + 0.6 * pose.breath}) rotate(${pose.headTilt} 0 200) scale(1.12)`
  return svg(`<defs>${bodyDefs}${faceDefs}${hairDefs}</defs>
    <g transform="${head}">${hairBehind(pose)}</g>
    ${body(pose)}
    <g transform="${head}">${face(pose)}${hairFront(pose)}</g>`)
}
