import { SegmentedControl } from '@mantine/core'
import { IconAdjustmentsHorizontal } from '@tabler/icons-react'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import { NavPopover } from '../components/NavPopover.tsx'
import { useSettings } from '../hooks/usePreferences.ts'

/** Language and appearance, changed at once. */
export function PreferencesMenu() {
  const { t } = useTranslation()
  return (
    <NavPopover
      className="side-button"
      label={t('prefs.open')}
      button={<IconAdjustmentsHorizontal size={18} stroke={1.75} aria-hidden />}
    >
      {() => <Preferences />}
    </NavPopover>
  )
}

function Preferences() {
  const { t } = useTranslation()
  const { settings, set } = useSettings()
  const [language, theme] = [useId(), useId()]
  return (
    <div className="prefs">
      <div className="field">
        <span className="field-label" id={language}>
          {t('prefs.language')}
        </span>
        <SegmentedControl
          fullWidth
          aria-labelledby={language}
          value={settings?.language ?? 'system'}
          onChange={(value) => set({ language: value })}
          data={[
            { value: 'system', label: t('prefs.system') },
            { value: 'zh-CN', label: '中文' },
            { value: 'en', label: 'English' },
          ]}
        />
      </div>
      <div className="field">
        <span className="field-label" id={theme}>
          {t('prefs.theme')}
        </span>
        <SegmentedControl
          fullWidth
          aria-labelledby={theme}
          value={settings?.theme ?? 'system'}
          onChange={(value) => set({ theme: value })}
          data={[
            { value: 'system', label: t('prefs.system') },
            { value: 'light', label: t('prefs.light') },
            { value: 'dark', label: t('prefs.dark') },
          ]}
        />
      </div>
    </div>
  )
}
