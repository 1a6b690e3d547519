import { contextBridge, ipcRenderer, webUtils } from 'electron'
import { BRIDGE_KEY } from '../protocol/studio/bridge.ts'
import { createBridge } from './bridge.ts'

const bridge = createBridge({
  ipc: ipcRenderer,
  files: webUtils,
  post: (message, ports) => {
    window.postMessage(message, window.location.origin, ports)
  },
})

contextBridge.exposeInMainWorld(BRIDGE_KEY, bridge)
