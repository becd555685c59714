package bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.Joined;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.StreamJoined;
import org.apache.kafka.streams.kstream.TimeWindows;

/** The workloads on Kafka Streams; src/topologies.ts has the same ones. */
class StreamsRun {
  private static final String IN_MEMORY = "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers";

  static void run(Settings settings, Span span) throws Exception {
    Path state = Files.createTempDirectory(Path.of(settings.text("state-dir")), "java");
    Properties p = settings.producer("producer.");
    p.put("bootstrap.servers", settings.text("bootstrap"));
    p.put("application.id", settings.text("application"));
    p.put("state.dir", state.toString());
    p.put("auto.offset.reset", "earliest");
    p.put("num.stream.threads", settings.text("threads"));
    p.put("replication.factor", 1);
    p.put("commit.interval.ms", settings.text("commit-interval-ms"));
    p.put("statestore.cache.max.bytes", settings.text("cache-bytes"));
    if (settings.exactlyOnce()) p.put("processing.guarantee", "exactly_once_v2");
    if (settings.text("store").equals("memory")) p.put("dsl.store.suppliers.class", IN_MEMORY);
    KafkaStreams app = new KafkaStreams(topology(settings).build(p), p);
    app.start();
    while (!span.at(processed(app))) Thread.sleep(20);
    app.close(Duration.ofSeconds(30));
    app.cleanUp();
  }

  private static double processed(KafkaStreams app) {
    return app.metrics().entrySet().stream()
        .filter(e -> e.getKey().name().equals("process-total") && e.getKey().group().equals("stream-thread-metrics"))
        .mapToDouble(e -> ((Number) e.getValue().metricValue()).doubleValue()).sum();
  }

  private static StreamsBuilder topology(Settings settings) {
    var strings = Serdes.String();
    var counts = Produced.with(strings, Serdes.Long());
    String output = settings.text("output");
    StreamsBuilder builder = new StreamsBuilder();
    KStream<String, String> in = builder.stream(settings.text("input"), Consumed.with(strings, strings));
    switch (settings.workload()) {
      case "stateless", "stateless-eos" ->
          in.filter((k, v) -> v != null).mapValues(v -> v.substring(50)).to(output, Produced.with(strings, strings));
      case "count-memory", "count-persistent", "count-eos" ->
          in.groupByKey(Grouped.with(strings, strings)).count().toStream().to(output, counts);
      case "repartition-count" ->
          in.selectKey((k, v) -> k + "r").groupByKey(Grouped.with(strings, strings)).count().toStream().to(output, counts);
      case "windowed-count" ->
          in.groupByKey(Grouped.with(strings, strings))
              .windowedBy(TimeWindows.ofSizeAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(5)))
              .count().toStream((k, v) -> k.key()).to(output, counts);
      case "stream-stream-join" ->
          in.filter((k, v) -> isEven(v)).join(in.filter((k, v) -> !isEven(v)), (one, other) -> "j",
              JoinWindows.ofTimeDifferenceAndGrace(Duration.ofSeconds(10), Duration.ofSeconds(5)),
              StreamJoined.with(strings, strings, strings))
              .to(output, Produced.with(strings, strings));
      case "stream-table-join" ->
          in.join(builder.table(settings.text("table"), Consumed.with(strings, strings)),
              (value, other) -> value.substring(50) + other, Joined.with(strings, strings, strings))
              .to(output, Produced.with(strings, strings));
      default -> throw new IllegalArgumentException("no workload " + settings.workload());
    }
    return builder;
  }

  private static boolean isEven(String value) {
    return value.charAt(value.length() - 1) % 2 == 0;
  }
}
