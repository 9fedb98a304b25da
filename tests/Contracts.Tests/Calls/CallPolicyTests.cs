using System.Reflection;
using Google.Protobuf.Reflection;
using GrokForge.Contracts.Calls;
using GrokForge.ServiceDefaults.Calls;
using GrokForge.TestKit;
using Grpc.Core;
using Grpc.Net.Client;

namespace GrokForge.Contracts.Tests.Calls;

public sealed class CallPolicyTests(CallPolicyTests.OpenDoors doors) : IClassFixture<CallPolicyTests.OpenDoors>
{
    private static readonly string[] Callers = ["gateway", "tokenpool", "upstream", "mediacache", "cfrefresh", "admin", "allinone", "stranger"];

    /// <summary>Who may call what, as the design says it; the table in the product is checked against this one.</summary>
    private static readonly Dictionary<string, string> Allowed = new()
    {
        ["TokenLeasing"] = "upstream",
        ["TokenAdmin"] = "admin",
        ["UpstreamChat"] = "gateway",
        ["UpstreamMedia"] = "gateway",
        ["UpstreamQuotas"] = "tokenpool",
        ["UpstreamProbes"] = "admin",
        ["UpstreamModels"] = "gateway",
        ["SettingsStore"] = "admin",
        ["VirtualKeys"] = "admin",
        ["UsageQueries"] = "admin",
        ["VideoJobs"] = "upstream",
        ["MediaStore"] = "gateway upstream admin",
        ["Clearances"] = "upstream admin",
    };

    public static TheoryData<string, string> MethodsAndCallers
    {
        get
        {
            var rows = new TheoryData<string, string>();
            foreach (var method in Methods())
            {
                foreach (var caller in Callers)
                    rows.Add($"/{method.Service.FullName}/{method.Name}", caller);
            }
            return rows;
        }
    }

    [Theory, MemberData(nameof(MethodsAndCallers))]
    public async Task Each_method_lets_in_its_callers_and_nobody_else(string method, string caller)
    {
        var expected = Allowed[method.Split('/')[1].Split('.')[^1]].Split(' ').Contains(caller) ? StatusCode.Unimplemented : StatusCode.PermissionDenied;

        Assert.Equal(expected, await CallAsync(method, TokenOf(caller, ServiceUnderTest.InternalKey)));
    }

    [Fact]
    public async Task Every_method_refuses_a_call_without_a_token()
    {
        foreach (var method in Methods())
            Assert.Equal(StatusCode.Unauthenticated, await CallAsync($"/{method.Service.FullName}/{method.Name}", null));
    }

    [Fact]
    public async Task A_token_signed_with_another_key_is_refused() =>
        Assert.Equal(StatusCode.Unauthenticated, await CallAsync("/grokforge.tokens.TokenLeasing/Borrow", TokenOf("upstream", "another-key-of-someone-else")));

    [Fact]
    public void The_table_names_every_conversation() =>
        Assert.Equal(Methods().Select(m => m.Service.FullName).Distinct().Order(), CallPolicy.Rules.Select(r => r.Service).Order());

    [Fact]
    public void Retries_name_methods_that_exist()
    {
        var known = Methods().Select(m => $"{m.Service.FullName}/{m.Name}").ToHashSet();

        Assert.All(CallPolicy.Rules.SelectMany(r => r.Retries.Keys.Select(m => $"{r.Service}/{m}")), m => Assert.Contains(m, known));
    }

    private async Task<StatusCode> CallAsync(string method, string? token)
    {
        var descriptor = Methods().Single(m => $"/{m.Service.FullName}/{m.Name}" == method);
        var type = (descriptor.IsClientStreaming, descriptor.IsServerStreaming) switch
        {
            (false, false) => MethodType.Unary,
            (false, true) => MethodType.ServerStreaming,
            (true, false) => MethodType.ClientStreaming,
            _ => MethodType.DuplexStreaming,
        };
        var bytes = Marshallers.Create(b => b, b => b);
        var call = new Method<byte[], byte[]>(type, descriptor.Service.FullName, descriptor.Name, bytes, bytes);
        var options = new CallOptions(token is null ? [] : new Metadata { { "authorization", $"Bearer {token}" } }, cancellationToken: TestContext.Current.CancellationToken);
        var invoker = doors.Channel.CreateCallInvoker();
        var refused = await Assert.ThrowsAsync<RpcException>(async () =>
        {
            switch (type)
            {
                case MethodType.Unary: await invoker.AsyncUnaryCall(call, null, options, []); break;
                case MethodType.ServerStreaming: await invoker.AsyncServerStreamingCall(call, null, options, []).ResponseStream.MoveNext(TestContext.Current.CancellationToken); break;
                case MethodType.ClientStreaming: await invoker.AsyncClientStreamingCall(call, null, options); break;
                default: await invoker.AsyncDuplexStreamingCall(call, null, options).ResponseStream.MoveNext(TestContext.Current.CancellationToken); break;
            }
        });
        return refused.StatusCode;
    }

    private static string TokenOf(string caller, string key) => new InternalTokens(new InternalKey(caller, key), TimeProvider.System).Own();

    private static IEnumerable<MethodDescriptor> Methods() =>
        typeof(CallPolicy).Assembly.GetTypes()
            .Select(t => t.GetProperty("Descriptor", BindingFlags.Static | BindingFlags.Public)?.GetValue(null) as ServiceDescriptor)
            .OfType<ServiceDescriptor>().SelectMany(s => s.Methods);

    /// <summary>One process behind whose RPC port every conversation has its door.</summary>
    public sealed class OpenDoors : IAsyncLifetime
    {
        private ServiceUnderTest? _service;

        internal GrpcChannel Channel { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            _service = await ServiceUnderTest.StartAsync("tokenpool", new Dictionary<string, string?>(), _ => { }, app => app.MapAll(), rpc: true, TestContext.Current.CancellationToken);
            Channel = GrpcChannel.ForAddress(_service.Rpc);
        }

        public async ValueTask DisposeAsync()
        {
            Channel.Dispose();
            if (_service is not null)
                await _service.DisposeAsync();
        }
    }
}
