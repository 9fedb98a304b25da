using GrokForge.Contracts.Calls;
using GrokForge.Contracts.Clearance;
using Grpc.Core;

namespace GrokForge.Contracts.Tests.Calls;

public sealed class PatientCallTests
{
    [Theory]
    [InlineData(0, 15)]
    [InlineData(60, 75)]
    [InlineData(1e9, 315)]
    [InlineData(double.NaN, 15)]
    public async Task A_challenge_may_be_answered_as_late_as_it_asks_for(double wait, double seconds)
    {
        var before = TimeProvider.System.GetUtcNow().UtcDateTime;
        var invoker = new DeadlineKeeper();
        await new RemoteClearances(new Clearances.ClearancesClient(invoker)).ChallengeAsync(new ChallengeRequest { WaitSeconds = wait }, TestContext.Current.CancellationToken);
        var after = TimeProvider.System.GetUtcNow().UtcDateTime;
        Assert.InRange(invoker.Deadline!.Value, before.AddSeconds(seconds), after.AddSeconds(seconds));
        Assert.Equal(15, CallLimits.Admin.TotalSeconds);
    }

    /// <summary>Answers every call at once and remembers until when it had time.</summary>
    private sealed class DeadlineKeeper : CallInvoker
    {
        public DateTime? Deadline { get; private set; }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request)
        {
            Deadline = options.Deadline;
            return new AsyncUnaryCall<TResponse>(Task.FromResult(Activator.CreateInstance<TResponse>()), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
        }

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            throw new NotSupportedException();

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options) =>
            throw new NotSupportedException();
    }
}
