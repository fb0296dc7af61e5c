/* A libnvidia-ml.so.1 for hosts without a GPU: one device with fixed figures, whose answers a test can turn into any status.
 * Structs and prototypes as nvml.h of CUDA 12.9 documents them, so that the compiler lays them out and not the test. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct { unsigned int version; unsigned long long total, reserved, free, used; } memory_v2;
typedef struct { unsigned long long total, free, used; } memory_v1;
typedef struct { unsigned int gpu, memory; } utilization;
typedef struct { unsigned int version; int sensor; int temperature; } temperature_v1;
typedef struct { unsigned int pid; unsigned long long used; unsigned int gpu_instance, compute_instance; } process_info;
typedef struct {
  char bus_id_legacy[16];
  unsigned int domain, bus, device, pci_device_id, pci_sub_system_id;
  char bus_id[32];
} pci_info;

enum { SUCCESS, UNINITIALIZED, INVALID_ARGUMENT, NOT_SUPPORTED, NOT_FOUND = 6, INSUFFICIENT_SIZE, VERSION_MISMATCH = 25 };
#define MIB 1048576ull
#define GPU ((void *)0x7e57)

static int initialized;
static unsigned int pcie_kb = 1000;
static int extra_processes;
static struct { char call[64]; int status, ms; } changed[32];

/* ── what a test may change ── */

void fake_nvml_answer(const char *call, int status, int ms) {
  for (int i = 0; i < 32; i++) {
    if (changed[i].call[0] != 0 && strcmp(changed[i].call, call) != 0) continue;
    snprintf(changed[i].call, sizeof changed[i].call, "%s", call);
    changed[i].status = status;
    changed[i].ms = ms;
    return;
  }
}
void fake_nvml_reset(void) { memset(changed, 0, sizeof changed); extra_processes = 0; }
void fake_nvml_add_processes(int count) { extra_processes = count; }
int fake_nvml_initialized(void) { return initialized; }

static int status_of(const char *call) {
  for (int i = 0; i < 32; i++)
    if (strcmp(changed[i].call, call) == 0) {
      usleep(changed[i].ms * 1000);
      return changed[i].status;
    }
  return SUCCESS;
}
#define ANSWER_OF(device_ok) \
  do { \
    if (!initialized) return UNINITIALIZED; \
    if (!(device_ok)) return INVALID_ARGUMENT; \
    int status = status_of(__func__); \
    if (status != SUCCESS) return status; \
  } while (0)
#define ANSWER() ANSWER_OF(device == GPU)

/* ── the layout that this compiler gives the structs ── */

size_t fake_nvml_layout(const char *field) {
  const struct { const char *name; size_t value; } facts[] = {
    {"memoryV2.bytes", sizeof(memory_v2)}, {"memoryV2.total", offsetof(memory_v2, total)},
    {"memoryV2.reserved", offsetof(memory_v2, reserved)}, {"memoryV2.free", offsetof(memory_v2, free)},
    {"memoryV2.used", offsetof(memory_v2, used)}, {"memory.bytes", sizeof(memory_v1)},
    {"memory.total", offsetof(memory_v1, total)}, {"memory.free", offsetof(memory_v1, free)},
    {"memory.used", offsetof(memory_v1, used)}, {"utilization.bytes", sizeof(utilization)},
    {"utilization.gpu", offsetof(utilization, gpu)}, {"utilization.memory", offsetof(utilization, memory)},
    {"temperature.bytes", sizeof(temperature_v1)}, {"temperature.sensor", offsetof(temperature_v1, sensor)},
    {"temperature.temperature", offsetof(temperature_v1, temperature)}, {"processInfo.bytes", sizeof(process_info)},
    {"processInfo.pid", offsetof(process_info, pid)}, {"processInfo.used", offsetof(process_info, used)},
    {"processInfo.gpuInstance", offsetof(process_info, gpu_instance)},
    {"processInfo.computeInstance", offsetof(process_info, compute_instance)}, {"pciInfo.bytes", sizeof(pci_info)},
    {"pciInfo.busId", offsetof(pci_info, bus_id)}, {"pciInfo.busIdBytes", sizeof(((pci_info *)0)->bus_id)},
  };
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
    if (strcmp(facts[i].name, field) == 0) return facts[i].value;
  return (size_t)-1;
}

/* ── NVML ── */

int nvmlInit_v2(void) { int status = status_of(__func__); if (status == SUCCESS) initialized++; return status; }
int nvmlShutdown(void) { if (!initialized) return UNINITIALIZED; initialized--; return SUCCESS; }
const char *nvmlErrorString(int status) { return status == NOT_SUPPORTED ? "Not Supported" : "Some Error"; }

int nvmlSystemGetDriverVersion(char *text, unsigned int length) {
  ANSWER_OF(1); snprintf(text, length, "580.95.05"); return SUCCESS;
}
int nvmlDeviceGetCount_v2(unsigned int *count) { ANSWER_OF(1); *count = 1; return SUCCESS; }
int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void **device) {
  ANSWER_OF(index == 0); *device = GPU; return SUCCESS;
}
int nvmlDeviceGetHandleByPciBusId_v2(const char *id, void **device) {
  ANSWER_OF(1);
  if (strcmp(id, "0000:1b:00.0") != 0) return NOT_FOUND;
  *device = GPU;
  return SUCCESS;
}
int nvmlDeviceGetName(void *device, char *text, unsigned int length) {
  ANSWER(); snprintf(text, length, "NVIDIA H200"); return SUCCESS;
}
int nvmlDeviceGetUUID(void *device, char *text, unsigned int length) {
  ANSWER(); snprintf(text, length, "GPU-00000000-1111-2222-3333-444444444444"); return SUCCESS;
}
int nvmlDeviceGetPciInfo_v3(void *device, pci_info *pci) {
  ANSWER();
  memset(pci, 0, sizeof *pci);
  snprintf(pci->bus_id_legacy, sizeof pci->bus_id_legacy, "0000:1B:00.0");
  snprintf(pci->bus_id, sizeof pci->bus_id, "00000000:1B:00.0");
  return SUCCESS;
}
int nvmlDeviceGetMemoryInfo(void *device, memory_v1 *memory) {
  ANSWER();
  *memory = (memory_v1){.total = 143771 * MIB, .free = 137000 * MIB, .used = 6771 * MIB};
  return SUCCESS;
}
int nvmlDeviceGetMemoryInfo_v2(void *device, memory_v2 *memory) {
  ANSWER();
  if (memory->version != (sizeof *memory | 2u << 24)) return VERSION_MISMATCH;
  *memory = (memory_v2){memory->version, .total = 143771 * MIB, .reserved = 627 * MIB, .free = 137000 * MIB, .used = 6144 * MIB};
  return SUCCESS;
}
int nvmlDeviceGetUtilizationRates(void *device, utilization *rates) {
  ANSWER(); *rates = (utilization){.gpu = 87, .memory = 31}; return SUCCESS;
}
int nvmlDeviceGetDecoderUtilization(void *device, unsigned int *percent, unsigned int *period_us) {
  ANSWER(); *percent = 42; *period_us = 167000; return SUCCESS;
}
int nvmlDeviceGetEncoderUtilization(void *device, unsigned int *percent, unsigned int *period_us) {
  ANSWER(); *percent = 0; *period_us = 167000; return SUCCESS;
}
int nvmlDeviceGetPcieThroughput(void *device, int counter, unsigned int *kb) {
  ANSWER(); usleep(20000); *kb = counter == 1 ? 40 * pcie_kb : pcie_kb; return SUCCESS;
}
int nvmlDeviceGetPowerUsage(void *device, unsigned int *milliwatts) { ANSWER(); *milliwatts = 412345; return SUCCESS; }
int nvmlDeviceGetEnforcedPowerLimit(void *device, unsigned int *milliwatts) {
  ANSWER(); *milliwatts = 700000; return SUCCESS;
}
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned int *celsius) {
  ANSWER(); *celsius = sensor == 0 ? 61 : 0; return SUCCESS;
}
#ifndef OLD_DRIVER
int nvmlDeviceGetTemperatureV(void *device, temperature_v1 *temperature) {
  ANSWER();
  if (temperature->version != (sizeof *temperature | 1u << 24)) return VERSION_MISMATCH;
  temperature->temperature = temperature->sensor == 0 ? 62 : 0;
  return SUCCESS;
}
int nvmlDeviceGetCurrentClocksEventReasons(void *device, unsigned long long *mask) {
  ANSWER(); *mask = 0x24; return SUCCESS;
}
#endif
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *mask) {
  ANSWER(); *mask = 0x1; return SUCCESS;
}
int nvmlDeviceGetClockInfo(void *device, int domain, unsigned int *mhz) {
  ANSWER(); *mhz = domain == 1 ? 1980 : domain == 2 ? 3201 : domain == 3 ? 1545 : 1; return SUCCESS;
}
/* Its callers' process, one that does not tell its memory, and as many more as a test wants. */
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned int *count, process_info *infos) {
  ANSWER();
  unsigned int room = *count;
  *count = 2 + extra_processes;
  if (*count > room) return INSUFFICIENT_SIZE;
  infos[0] = (process_info){(unsigned int)getpid(), 5120 * MIB, ~0u, ~0u};
  infos[1] = (process_info){4, ~0ull, ~0u, ~0u};
  for (int i = 0; i < extra_processes; i++) infos[2 + i] = (process_info){100000 + i, MIB, ~0u, ~0u};
  return SUCCESS;
}
