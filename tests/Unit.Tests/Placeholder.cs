namespace GrokForge.Unit.Tests;

