import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.*;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.*;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.test.TestRecord;

/** Reads {"cases":[{name, nodes:[...], inputs:[{topic,key,value,ts}|{advanceWallClockMs}]}]}; prints one JSON line per output record. */
public class Oracle {
  static final ObjectMapper M = new ObjectMapper();
  static final Serde<String> S = Serdes.String();

  static Duration ms(JsonNode n, String f, long dflt) { return Duration.ofMillis(n.path(f).asLong(dflt)); }

  /** Windowed key -> "key@start/end", so a windowed result is an ordinary string record. */
  static <V> KStream<String, String> flat(KTable<Windowed<String>, V> t) {
    return t.toStream((w, v) -> w.key() + "@" + w.window().start() + "/" + w.window().end())
            .mapValues(v -> v == null ? null : v.toString());
  }

  static KTable<Windowed<String>, String> finish(KTable<Windowed<String>, String> t, JsonNode n) {
    JsonNode limit = n.get("suppressTimeLimitMs");
    if (limit != null) return t.suppress(Suppressed.untilTimeLimit(Duration.ofMillis(limit.asLong()), buffer(n)));
    return n.path("emit").asText("update").equals("suppress")
        ? t.suppress(Suppressed.untilWindowCloses(shutDown(n) ? bounds(n).shutDownWhenFull() : Suppressed.BufferConfig.unbounded())) : t;
  }

  static boolean shutDown(JsonNode n) { return n.path("suppressWhenFull").asText().equals("shutDown"); }

  static Suppressed.EagerBufferConfig bounds(JsonNode n) {
    Suppressed.EagerBufferConfig c = Suppressed.BufferConfig.maxRecords(n.path("suppressMaxRecords").asLong(Long.MAX_VALUE));
    return n.has("suppressMaxBytes") ? c.withMaxBytes(n.get("suppressMaxBytes").asLong()) : c;
  }

  @SuppressWarnings({"rawtypes", "unchecked"})
  static Suppressed.BufferConfig buffer(JsonNode n) {
    if (!n.has("suppressMaxRecords") && !n.has("suppressMaxBytes")) return Suppressed.BufferConfig.unbounded();
    return shutDown(n) ? bounds(n).shutDownWhenFull() : bounds(n).emitEarlyWhenFull();
  }

  static EmitStrategy strategy(JsonNode n) {
    return n.path("emit").asText("update").equals("onWindowClose") ? EmitStrategy.onWindowClose() : EmitStrategy.onWindowUpdate();
  }

  // agg: "count" or "concat" (keeps every value, so order and duplication are visible)
  static String add(JsonNode n, String v, String acc) {
    return n.path("agg").asText("count").equals("count") ? String.valueOf(Long.parseLong(acc.isEmpty() ? "0" : acc) + 1) : acc + "[" + v + "]";
  }

  static String merge(JsonNode n, String a, String b) {
    if (!n.path("agg").asText("count").equals("count")) return a + b;
    return String.valueOf(Long.parseLong(a.isEmpty() ? "0" : a) + Long.parseLong(b.isEmpty() ? "0" : b));
  }

  static void build(StreamsBuilder b, JsonNode n, Map<String, KStream<String, String>> streams, Map<String, KTable<String, String>> tables,
      Extended extended) {
    java.util.function.Function<String, KStream<String, String>> stream = t -> streams.computeIfAbsent(t, x -> b.stream(x, Consumed.with(S, S)));
    java.util.function.Function<String, KTable<String, String>> table = t -> tables.computeIfAbsent(t, x ->
        n.has("versionedHistoryMs")
            ? b.table(x, Consumed.with(S, S), Materialized.<String, String>as(Stores.persistentVersionedKeyValueStore(x + "-store", ms(n, "versionedHistoryMs", 0))).withKeySerde(S).withValueSerde(S))
            : b.table(x, Consumed.with(S, S), Materialized.<String, String, org.apache.kafka.streams.state.KeyValueStore<org.apache.kafka.common.utils.Bytes, byte[]>>as(x + "-store").withKeySerde(S).withValueSerde(S)));
    String out = n.get("out").asText();
    String type = n.path("type").asText("inner");
    ValueJoiner<String, String, String> j = (l, r) -> l + "|" + r;
    Grouped<String, String> g = Grouped.with(S, S);
    Materialized<String, String, org.apache.kafka.streams.state.WindowStore<org.apache.kafka.common.utils.Bytes, byte[]>> wm = Materialized.with(S, S);
    KStream<String, String> result;
    switch (n.get("op").asText()) {
      case "timeWindow": { // tumbling; hopping when advanceMs < sizeMs
        TimeWindows w = TimeWindows.ofSizeAndGrace(ms(n, "sizeMs", 0), ms(n, "graceMs", 0));
        if (n.has("advanceMs")) w = w.advanceBy(ms(n, "advanceMs", 0));
        result = flat(finish(stream.apply(n.get("in").asText()).groupByKey(g).windowedBy(w).emitStrategy(strategy(n))
            .aggregate(() -> "", (k, v, a) -> add(n, v, a), wm), n));
        break;
      }
      case "slidingWindow":
        result = flat(finish(stream.apply(n.get("in").asText()).groupByKey(g)
            .windowedBy(SlidingWindows.ofTimeDifferenceAndGrace(ms(n, "sizeMs", 0), ms(n, "graceMs", 0))).emitStrategy(strategy(n))
            .aggregate(() -> "", (k, v, a) -> add(n, v, a), wm), n));
        break;
      case "sessionWindow":
        result = flat(finish(stream.apply(n.get("in").asText()).groupByKey(g)
            .windowedBy(SessionWindows.ofInactivityGapAndGrace(ms(n, "gapMs", 0), ms(n, "graceMs", 0))).emitStrategy(strategy(n))
            .aggregate(() -> "", (k, v, a) -> add(n, v, a), (k, a, c) -> merge(n, a, c), Materialized.with(S, S)), n));
        break;
      case "streamStreamJoin": {
        JoinWindows w = JoinWindows.ofTimeDifferenceAndGrace(ms(n, "beforeMs", 0), ms(n, "graceMs", 0)).after(ms(n, "afterMs", n.path("beforeMs").asLong()));
        KStream<String, String> l = stream.apply(n.get("left").asText()), r = stream.apply(n.get("right").asText());
        StreamJoined<String, String, String> sj = StreamJoined.with(S, S, S);
        result = type.equals("outer") ? l.outerJoin(r, j, w, sj) : type.equals("left") ? l.leftJoin(r, j, w, sj) : l.join(r, j, w, sj);
        break;
      }
      case "streamTableJoin": {
        KStream<String, String> l = stream.apply(n.get("left").asText());
        KTable<String, String> r = table.apply(n.get("right").asText());
        Joined<String, String, String> jd = n.has("joinGraceMs") ? Joined.with(S, S, S, "j-" + out, ms(n, "joinGraceMs", 0)) : Joined.with(S, S, S);
        result = type.equals("left") ? l.leftJoin(r, j, jd) : l.join(r, j, jd);
        break;
      }
      case "tableTableJoin": {
        KTable<String, String> l = table.apply(n.get("left").asText()), r = table.apply(n.get("right").asText());
        result = (type.equals("outer") ? l.outerJoin(r, j) : type.equals("left") ? l.leftJoin(r, j) : l.join(r, j)).toStream();
        break;
      }
      case "foreignKeyJoin": { // left values are "foreignKey:payload"
        KTable<String, String> l = table.apply(n.get("left").asText()), r = table.apply(n.get("right").asText());
        java.util.function.Function<String, String> fk = v -> v.contains(":") ? v.substring(0, v.indexOf(':')) : null;
        Materialized<String, String, org.apache.kafka.streams.state.KeyValueStore<org.apache.kafka.common.utils.Bytes, byte[]>> km = Materialized.with(S, S);
        result = (type.equals("left") ? l.leftJoin(r, fk, j, km) : l.join(r, fk, j, km)).toStream();
        break;
      }
      case "tableGroupBy": // re-group a table by its value; adder/subtractor pair
        result = table.apply(n.get("in").asText()).groupBy((k, v) -> KeyValue.pair(v, k), g)
            .aggregate(() -> "", (k, v, a) -> a + "+" + v, (k, v, a) -> a + "-" + v, Materialized.with(S, S)).toStream();
        break;
      case "aggregate": // unwindowed
        KTable<String, String> aggregated = stream.apply(n.get("in").asText()).groupByKey(g).aggregate(() -> "", (k, v, a) -> add(n, v, a), Materialized.with(S, S));
        if (n.has("suppressTimeLimitMs")) aggregated = aggregated.suppress(Suppressed.untilTimeLimit(ms(n, "suppressTimeLimitMs", 0), buffer(n)));
        result = aggregated.toStream();
        break;
      default: result = extended.build(n, stream, table);
    }
    result.to(out, Produced.with(S, S));
  }

  public static void main(String[] a) throws Exception {
    PrintStream o = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    boolean describe = a.length > 1 && a[1].equals("--describe");
    for (JsonNode c : M.readTree(new File(a[0])).get("cases")) {
      Properties p = new Properties();
      p.put(StreamsConfig.APPLICATION_ID_CONFIG, "oracle");
      File dir = java.nio.file.Files.createTempDirectory("oracle").toFile();
      p.put(StreamsConfig.STATE_DIR_CONFIG, dir.toString());
      // default = RocksDB, as in Kafka Streams itself; "store":"memory" selects the in-memory stores, which expire at the exact retention and so differ at the edges
      if (c.path("store").asText().equals("memory")) p.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG, org.apache.kafka.streams.state.BuiltInDslStoreSuppliers.InMemoryDslStoreSuppliers.class.getName());
      // both default to 1000 ms of WALL-CLOCK throttling; 0 makes output a function of the input only
      p.put("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", 0L);
      p.put("__emit.interval.ms.kstreams.windowed.aggregation__", 0L);
      c.path("config").fields().forEachRemaining(e -> p.put(e.getKey(), e.getValue().asText()));
      StreamsBuilder b = new StreamsBuilder();
      Map<String, KStream<String, String>> streams = new HashMap<>();
      Map<String, KTable<String, String>> tables = new HashMap<>();
      Extended extended = new Extended(b);
      List<String> outs = new ArrayList<>();
      String name = c.path("name").asText();
      List<String> lines = new ArrayList<>();
      Topology t = null;
      try {
        for (JsonNode n : c.get("nodes")) { build(b, n, streams, tables, extended); outs.add(n.get("out").asText()); }
        t = b.build(p);
      } catch (Exception e) {
        lines.add(M.writeValueAsString(Map.of("case", name, "error", String.valueOf(e))));
      }
      if (t != null && describe) lines.add(M.writeValueAsString(Map.of("case", name, "topology", t.describe().toString())));
      else if (t != null) try (TopologyTestDriver d = new TopologyTestDriver(t, p, Instant.ofEpochMilli(0))) {
        Map<String, TestInputTopic<String, String>> ins = new HashMap<>();
        Map<String, TestOutputTopic<String, String>> sinks = new LinkedHashMap<>();
        for (String s : outs) sinks.put(s, d.createOutputTopic(s, S.deserializer(), S.deserializer()));
        int i = 0;
        for (JsonNode in : c.get("inputs")) {
          if (in.has("advanceWallClockMs")) d.advanceWallClockTime(ms(in, "advanceWallClockMs", 0));
          else {
            RecordHeaders h = new RecordHeaders();
            in.path("headers").fields().forEachRemaining(e -> h.add(e.getKey(), e.getValue().asText().getBytes(StandardCharsets.UTF_8)));
            ins.computeIfAbsent(in.get("topic").asText(), x -> d.createInputTopic(x, S.serializer(), S.serializer()))
               .pipeInput(new TestRecord<>(in.path("key").asText(null), in.path("value").asText(null), h, in.get("ts").asLong()));
          }
          for (Map.Entry<String, TestOutputTopic<String, String>> e : sinks.entrySet())
            while (!e.getValue().isEmpty()) {
              TestRecord<String, String> r = e.getValue().readRecord();
              Map<String, Object> line = new LinkedHashMap<>();
              line.put("case", name); line.put("input", i); line.put("topic", e.getKey());
              line.put("key", r.key()); line.put("value", r.value()); line.put("ts", r.timestamp());
              if (r.headers().toArray().length > 0) {
                Map<String, String> h = new LinkedHashMap<>();
                for (Header x : r.headers()) h.put(x.key(), new String(x.value(), StandardCharsets.UTF_8));
                line.put("headers", h);
              }
              lines.add(M.writeValueAsString(line));
            }
          i++;
        }
        double dropped = d.metrics().entrySet().stream().filter(e -> e.getKey().name().equals("dropped-records-total"))
            .mapToDouble(e -> ((Number) e.getValue().metricValue()).doubleValue()).sum();
        lines.add(M.writeValueAsString(new TreeMap<>(Map.of("case", name, "inputs", i, "droppedRecords", (long) dropped))));
      } catch (Exception e) {
        lines = List.of(M.writeValueAsString(Map.of("case", name, "error", String.valueOf(e))));
      }
      lines.forEach(o::println);
      org.apache.kafka.common.utils.Utils.delete(dir);
    }
    o.flush();
  }
}
