throw new Error('no native accelerator is installed; msgpackr falls back to JavaScript')
