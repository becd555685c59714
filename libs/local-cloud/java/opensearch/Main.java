import org.codelibs.opensearch.runner.OpenSearchRunner;
import org.opensearch.common.settings.Settings;

/**
 * One OpenSearch node: arguments are its folder, its HTTP port and its cluster's name. The runner's own main
 * takes no port above 9299 and makes a node that runs no ingest pipelines.
 */
public final class Main {
    public static void main(final String[] args) throws Exception {
        final OpenSearchRunner runner = new OpenSearchRunner();
        // No search for another port: the one given is the one that clients were told.
        runner.setMaxHttpPort(-1);
        runner.onBuild(new OpenSearchRunner.Builder() {
            public void build(final int number, final Settings.Builder settings) {
                settings.put("http.port", args[1]);
                settings.put("network.host", "127.0.0.1");
                settings.put("discovery.type", "single-node");
                settings.putList("node.roles", new String[] {"cluster_manager", "data", "ingest"});
                // A developer's disk is often fuller than the watermarks allow, which would make indexes read-only.
                settings.put("cluster.routing.allocation.disk.threshold_enabled", "false");
            }
        });
        Runtime.getRuntime().addShutdownHook(new Thread() {
            public void run() {
                try {
                    runner.close();
                } catch (final java.io.IOException e) {
                    System.err.println("closing the node failed: " + e);
                }
            }
        });
        runner.build(OpenSearchRunner.newConfigs().basePath(args[0]).clusterName(args[2]).numOfNode(1));
        // The node's own threads do not keep the program running.
        Thread.currentThread().join();
    }
}
