package bench;

import java.util.Map;
import java.util.TreeMap;

/** Runs one workload in this process: `--workload W --bootstrap HOST:PORT --records N ...`; prints one line of JSON. */
public class Main {
  public static void main(String[] args) throws Exception {
    Map<String, String> options = new TreeMap<>();
    for (int at = 0; at + 1 < args.length; at += 2) options.put(args[at].substring(2), args[at + 1]);
    Settings settings = new Settings(options);
    Span span = new Span(settings);
    if (settings.workload().startsWith("raw")) RawRun.run(settings, span);
    else StreamsRun.run(settings, span);
    System.out.println(span.json());
    System.exit(0);
  }
}
