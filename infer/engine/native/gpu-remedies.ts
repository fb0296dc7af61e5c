/** The commands that mend what a GPU lacks, in one place so that every message gives the same. */

/** The oldest Linux driver of a CUDA major (NVIDIA, CUDA Toolkit release notes, table «CUDA Toolkit and Minimum Required Driver Version»). */
const oldestDriver: Record<number, string> = { 12: '525.60.13', 13: '580.65.06' }

export function driverWanted(cudaMajor: number): string {
  return `a driver for CUDA ${cudaMajor} (Linux x86-64: ${oldestDriver[cudaMajor] ?? 'the newest'} or later)`
}

export const installDriver =
  'Install the NVIDIA driver and reboot: sudo apt-get install nvidia-driver (Debian, non-free) or sudo ubuntu-drivers install (Ubuntu).'

export const passGpu =
  'Pass the GPU to the container: docker run --gpus all -e NVIDIA_DRIVER_CAPABILITIES=compute,utility,video …, or compose with docker-compose.nvidia.yml; the host needs the NVIDIA Container Toolkit.'

/** @param dataDir Ringside’s own: libraries below its gpu/cuda are found with no further setting. */
export function installCuda(cudaMajor: number, dataDir: string): string {
  const target = `python3 -m pip install --target ${dataDir}/gpu/cuda`
  const packages =
    cudaMajor >= 13
      ? `'nvidia-cublas==${cudaMajor}.*' 'nvidia-cuda-runtime==${cudaMajor}.*' 'nvidia-cuda-nvrtc==${cudaMajor}.*' nvidia-curand nvidia-cudnn-cu${cudaMajor}`
      : ['cublas', 'cuda-runtime', 'cuda-nvrtc', 'curand', 'cudnn']
          .map(name => `nvidia-${name}-cu${cudaMajor}`)
          .join(' ')
  return `${target} ${packages}; or NVIDIA’s packages of your system (cuda-libraries-${cudaMajor}-0, libcudnn9-cuda-${cudaMajor}).`
}

export function installProvider(cudaMajor: number | null): string {
  return `ringside gpu install${cudaMajor === null ? '' : ` --cuda ${cudaMajor}`}`
}
