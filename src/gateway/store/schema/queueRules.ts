export const QUEUE_RULES = `
ALTER TABLE task ADD COLUMN target_worker TEXT;
ALTER TABLE task ADD COLUMN voice_ms INTEGER;
`
