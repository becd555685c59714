package bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** The measured part of a run: from a fifth of the records to all of them. */
class Span {
  private static final double WARM_UP_SHARE = 0.2;
  private final OperatingSystemMXBean os = (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private final double total;
  private final double perRecord;
  private double first;
  private boolean begun;
  // Where a run is over before it is looked at, all of it counts.
  private long beganNanos = System.nanoTime();
  private long beganCpu = os.getProcessCpuTime();
  private String result;

  Span(Settings settings) {
    total = settings.number("steps");
    perRecord = (double) settings.number("steps-per-record");
  }

  /** @return whether all is done */
  boolean at(double done) throws IOException {
    if (!begun && done > total * WARM_UP_SHARE && done < total) {
      begun = true;
      first = done;
      beganNanos = System.nanoTime();
      beganCpu = os.getProcessCpuTime();
    }
    if (done < total) return false;
    double seconds = (System.nanoTime() - beganNanos) / 1e9;
    double cpu = (os.getProcessCpuTime() - beganCpu) / 1e9;
    double records = (done - first) / perRecord;
    result = String.format(Locale.ROOT, "{\"recordsPerSecond\":%.1f,\"cpuSecondsPerMillion\":%.4f,\"rssMiB\":%.1f,\"seconds\":%.2f}",
        records / seconds, cpu / records * 1e6, peakMiB(), seconds);
    return true;
  }

  String json() {
    return result;
  }

  private static double peakMiB() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status")))
      if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", "")) / 1024.0;
    return 0;
  }
}
