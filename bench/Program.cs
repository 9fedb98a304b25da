using GrokForge.Bench;

if (args is ["redis-ledger"])
    return await RedisLedgerBench.RunAsync(CancellationToken.None);
if (args is ["redis-rebuild"])
    return await RedisRebuildBench.RunAsync(CancellationToken.None);

BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(System.Reflection.Assembly.GetExecutingAssembly()).Run(args);
return 0;
