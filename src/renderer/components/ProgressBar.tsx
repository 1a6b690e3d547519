interface ProgressBarProps {
  /** 0–1; null: nobody tells, so the bar only says that it goes on. */
  readonly fraction: number | null
  readonly label: string
}

export function ProgressBar({ fraction, label }: ProgressBarProps) {
  if (fraction === null) {
    return (
      <div className="bar bar-unknown" role="progressbar" aria-label={label}>
        <div className="bar-runner" />
      </div>
    )
  }
  const percent = Math.floor(fraction * 100)
  return (
    <div
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div className="bar-fill" style={{ transform: `scaleX(${fraction})` }} />
    </div>
  )
}
