using GrokForge.Contracts.Calls;
using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace GrokForge.ServiceDefaults.Calls;

/// <summary>Which calls are sent again when a replica was unavailable: repeatable ones and reads three times, chat once and only before its first event, writes never.</summary>
internal static class RetryRules
{
    public static ServiceConfig For(string service)
    {
        var config = new ServiceConfig { LoadBalancingConfigs = { new LoadBalancingConfig(ReplicaBalancerFactory.Policy) } };
        foreach (var rule in CallPolicy.Rules.Where(r => r.Owner == service))
        {
            foreach (var (method, retries) in rule.Retries)
            {
                config.MethodConfigs.Add(new MethodConfig
                {
                    Names = { new MethodName { Service = rule.Service, Method = method } },
                    RetryPolicy = new RetryPolicy
                    {
                        MaxAttempts = retries + 1,
                        InitialBackoff = TimeSpan.FromMilliseconds(50),
                        MaxBackoff = TimeSpan.FromMilliseconds(500),
                        BackoffMultiplier = 2,
                        RetryableStatusCodes = { StatusCode.Unavailable },
                    },
                });
            }
        }
        return config;
    }
}
