import { useEffect, useState } from 'react'

/** True once `flag` has been true for `delayMs`: what is quicker shows no skeleton at all. */
export function useDelayed(flag: boolean, delayMs = 150): boolean {
  const [late, setLate] = useState(false)
  useEffect(() => {
    if (!flag) return
    const timer = setTimeout(() => setLate(true), delayMs)
    return () => {
      clearTimeout(timer)
      setLate(false)
    }
  }, [flag, delayMs])
  return flag && late
}
