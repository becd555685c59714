import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.*;
import org.apache.kafka.streams.kstream.*;
import org.apache.kafka.streams.processor.StateRestoreListener;

/**
 * The application that libs/streams-lmdb/src/test/restore/counter.ts is, to be killed: java -cp
 * target/oracle.jar:target/lib/* Counter BOOTSTRAP STATE_DIR COMMIT_INTERVAL_MS. Says on standard output how it is, a line of
 * JSON at a time, until standard input ends.
 */
public class Counter {
  public static void main(String[] a) throws Exception {
    Properties p = new Properties();
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, a[0]);
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, "counter");
    p.put(StreamsConfig.STATE_DIR_CONFIG, a[1]);
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, Integer.parseInt(a[2]));
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    p.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, 6_000);
    StreamsBuilder b = new StreamsBuilder();
    b.stream("in", Consumed.with(Serdes.String(), Serdes.String())).groupByKey().count(Materialized.as("counts"));
    AtomicLong restored = new AtomicLong();
    KafkaStreams streams = new KafkaStreams(b.build(), p);
    streams.setUncaughtExceptionHandler(error -> {
      error.printStackTrace();
      System.exit(1);
      return null;
    });
    streams.setGlobalStateRestoreListener(new StateRestoreListener() {
      public void onRestoreStart(TopicPartition partition, String store, long from, long to) {}
      public void onBatchRestored(TopicPartition partition, String store, long end, long count) { restored.addAndGet(count); }
      public void onRestoreEnd(TopicPartition partition, String store, long total) {}
    });
    streams.start();
    Thread parent = new Thread(() -> {
      try {
        while (System.in.read() >= 0);
      } catch (java.io.IOException gone) {
        // It is as good as ended.
      }
      System.exit(1);
    });
    parent.setDaemon(true);
    parent.start();
    for (;; Thread.sleep(10)) {
      double processed = streams.metrics().values().stream()
          .filter(m -> m.metricName().name().equals("process-total") && m.metricName().group().equals("stream-thread-metrics"))
          .mapToDouble(m -> (Double) m.metricValue()).sum();
      System.out.printf("{\"state\":\"%s\",\"processed\":%d,\"restored\":%d,\"mostPerCommit\":0}%n", streams.state(), (long) processed, restored.get());
    }
  }
}
