/** The app's sign in small: a head over a voice (the large one is the app's icon). */
export function AppMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden>
      <rect width="24" height="24" rx="6" className="brand-plate" />
      <circle cx="12" cy="7.75" r="3.5" fill="#fff" />
      <path
        d="M6 16v1.5M9 14v5.5M12 13v7.5M15 14v5.5M18 16v1.5"
        stroke="#fff"
        strokeWidth="1.75"
        strokeLinecap="round"
      />
    </svg>
  )
}
