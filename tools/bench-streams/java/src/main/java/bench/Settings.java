package bench;

import java.util.Map;
import java.util.Properties;

/** What both sides are told alike. */
record Settings(Map<String, String> options) {
  String text(String name) {
    String value = options.get(name);
    if (value == null) throw new IllegalArgumentException("--" + name + " is missing");
    return value;
  }

  long number(String name) {
    return Long.parseLong(text(name));
  }

  String workload() {
    return text("workload");
  }

  boolean exactlyOnce() {
    return workload().endsWith("-eos");
  }

  /** Of producers, for the raw client and for Kafka Streams' own. */
  Properties producer(String prefix) {
    Properties p = new Properties();
    p.put(prefix + "batch.size", text("batch-bytes"));
    p.put(prefix + "linger.ms", text("linger-ms"));
    return p;
  }
}
