using GrokForge.Bench;

if (args is ["redis-ledger", .. var algorithm])
    return await RedisLedgerBench.RunAsync(algorithm is [var name, ..] ? name : null, CancellationToken.None);
if (args is ["redis-rebuild"])
    return await RedisRebuildBench.RunAsync(CancellationToken.None);

BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(System.Reflection.Assembly.GetExecutingAssembly()).Run(args);
return 0;
